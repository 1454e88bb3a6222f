/** A stream of chunks over a raw Unix socket: whoever connects gets them until it hangs up. */
import { join } from 'node:path';
import { chunkAt, chunkBytes, chunkReader, makeChunks } from '../chunks.js';
import { Bytes } from '../contract/streams.service.js';
import type { Measure } from '../party.js';
import { connectRaw, listenRaw, type Reading, writeFrame } from './frames.js';

const socketName = 'chunks.sock';

export async function serveDownloads(directory: string): Promise<void> {
  const chunks = makeChunks();
  await listenRaw(join(directory, socketName), (socket) => {
    let index = 0;
    const push = () => {
      while (!socket.destroyed && writeFrame(socket, chunkAt(chunks, index++)));
    };
    socket.on('drain', push);
    push();
  });
}

export function downloads(directory: string, reading: Reading): Measure {
  return async (durationMs) => {
    const look = chunkReader();
    const { promise, resolve, reject } = newPromise<void>();
    const start = performance.now();
    let elapsedMs = 0;
    let operations = 0;
    const socket = await connectRaw(join(directory, socketName), reading, chunkBytes, (body) => {
      if (elapsedMs >= durationMs) return;
      try {
        look(Bytes.parse(body));
      } catch (error) {
        reject(error as Error);
      }
      operations += 1;
      elapsedMs = performance.now() - start;
      if (elapsedMs >= durationMs) resolve();
    });
    socket.on('close', () => reject(new Error('the sender is gone')));
    try {
      await promise;
    } finally {
      socket.destroy();
    }
    return { operations, elapsedMs };
  };
}

function newPromise<T>() {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<T>((done, failed) => {
    resolve = done;
    reject = failed;
  });
  return { promise, resolve, reject };
}
