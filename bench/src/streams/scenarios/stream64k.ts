import type { Blob } from '@doorcall/core';
import { chunkAt, chunkBytes, chunkCount, chunkReader, makeChunks } from '../chunks.js';
import { partiesOf, type Way } from '../doorcall/ways.js';
import { plainWork, readingStream } from '../loops.js';
import type { Party, Scenario } from '../party.js';
import { downloads, serveDownloads } from '../raw-net/download.js';

const ways: Readonly<Record<string, Way>> = {
  doorcall: {
    summary: 'a server stream, its handler an async generator; every chunk an array of the reader',
    // A reader is of one stream, and every window opens one.
    measure: (client) => (durationMs) => readingStream(() => client.chunks(), chunkReader())(durationMs),
  },
  'doorcall-blob': {
    summary: 'the same with a stream of blobs, each copied once by its sender and released by its reader',
    measure: (client) => (durationMs) => readingStream(() => client.blobs(), blobReader())(durationMs),
  },
};

function blobReader(): (chunk: Blob) => void {
  const look = chunkReader();
  return (chunk) => {
    chunk.read(look);
    chunk.release();
  };
}

const memcpy: Party = {
  measures: { memcpy: 'Buffer.copy of the same chunks into 4 MiB in one process; every page looked at' },
  async connect() {
    const chunks = makeChunks().map((chunk) => Buffer.from(chunk.buffer));
    // Written before it is measured: the kernel hands out pages only then.
    const target = Buffer.alloc(chunkCount * chunkBytes, 1);
    return {
      memcpy: async (durationMs) => {
        const look = chunkReader();
        return await plainWork((turn) => {
          const at = (turn % chunkCount) * chunkBytes;
          chunkAt(chunks, turn).copy(target, at);
          look(target.subarray(at, at + chunkBytes));
        })(durationMs);
      },
    };
  },
};

const netUnix: Party = {
  measures: { 'net-unix': 'node:net over a Unix socket, read with onread (shown, no target)' },
  serve: serveDownloads,
  connect: async (directory) => ({ 'net-unix': downloads(directory, 'onread') }),
};

export const stream64k: Scenario = {
  summary: 'chunks of 64 KiB from server to client, which reads a byte of every page',
  unit: 'chunks',
  bytes: chunkBytes,
  compareBy: 'perSecond',
  parties: {
    ...partiesOf(ways),
    memcpy,
    'net-unix': netUnix,
  },
};
