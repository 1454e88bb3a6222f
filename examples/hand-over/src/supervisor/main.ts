import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { connect } from '@doorcall/core';
import { worker } from '../contract.js';
import { onTermination } from '../termination.js';
import { handOver } from './hand-over.js';
import { Workers } from './workers.js';

const { values: flags } = parseArgs({
  options: { port: { type: 'string', default: '8080' }, workers: { type: 'string', default: '2' } },
});

// A place of its own: two supervisors on one host do not share their workers.
const directory = mkdtempSync(path.join(tmpdir(), 'doorcall-hand-over-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));

const client = connect(worker, { directory });
const workers = new Workers(directory, Number(flags.workers));
await client.ready();

// Nothing is read here: what a client says before its connection is handed over waits in the kernel, for the worker.
const listener = createServer({ pauseOnConnect: true }, (socket) => void handOver(client, socket));
listener.listen(Number(flags.port), '127.0.0.1', () => {
  console.log(`supervisor: ready at http://127.0.0.1:${(listener.address() as AddressInfo).port}`);
});

onTermination('supervisor', async () => {
  listener.close();
  await workers.stop();
  await client.close();
});
