import { chunkAt, chunkBytes, chunkCount, chunkReader, makeChunks } from '../chunks.js';
import { connectStreams, serveStreams } from '../doorcall/ends.js';
import { plainWork, readingStream } from '../loops.js';
import type { Measure, Party, Scenario } from '../party.js';
import { downloads, serveDownloads } from '../raw-net/download.js';

const doorcall: Party = {
  measures: { doorcall: 'a server stream, its handler an async generator' },
  serve: (directory) => serveStreams('msgpack', directory),
  connect: async (directory) => ({ doorcall: await reading('msgpack', directory) }),
};

const doorcallGen: Party = {
  measures: { 'doorcall-gen': 'the same with generated code' },
  serve: (directory) => serveStreams('generated', directory),
  connect: async (directory) => ({ 'doorcall-gen': await reading('generated', directory) }),
};

async function reading(codec: 'msgpack' | 'generated', directory: string): Promise<Measure> {
  const client = await connectStreams(codec, directory);
  return (durationMs) => readingStream(() => client.chunks(), chunkReader())(durationMs);
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
  parties: { doorcall, 'doorcall-gen': doorcallGen, memcpy, 'net-unix': netUnix },
};
