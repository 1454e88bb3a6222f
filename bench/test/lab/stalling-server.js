// A server over a Unix socket in `argv[2]` that stands still for 200 ms at its 300th order. Uses what is built.
import { serverSurroundings } from '../../dist/surroundings.js';
import { transport } from '../../dist/transports/net-unix.js';
import { work } from '../../dist/work.js';

let placed = 0;
const { address } = await transport.startServer(
  serverSurroundings(process.argv[2], {
    ...work,
    place(order) {
      placed += 1;
      if (placed === 300) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
      return work.place(order);
    },
  }),
);
process.stdout.write(`${address}\n`);
