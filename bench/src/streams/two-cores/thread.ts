/** One of the two threads: it does its part of a window for each message that it gets. */
import { parentPort, workerData } from 'node:worker_threads';
import { assertSame, expectedSum } from '../bytes.js';
import { plainWork } from '../loops.js';
import { read, type Shared, Writer } from './hand-off.js';

const { role, shared } = workerData as { role: 'writer' | 'reader'; shared: Shared };

async function write(durationMs: number) {
  const writer = new Writer(shared);
  const { length } = writer.words;
  try {
    return await plainWork((turn) => assertSame(writer.hand(turn), expectedSum(length, turn)))(durationMs);
  } finally {
    writer.end();
  }
}

parentPort?.on('message', async (durationMs: number) => {
  parentPort?.postMessage(role === 'writer' ? await write(durationMs) : read(shared));
});
