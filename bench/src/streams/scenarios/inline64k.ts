import { assertSame, KiB, lookAtPages } from '../bytes.js';
import { type Codec, connectStreams, serveStreams } from '../doorcall/ends.js';
import { roundTrips } from '../loops.js';
import type { Party, Scenario } from '../party.js';
import { rawUploads } from './raw-uploads.js';

const bytes = 64 * KiB;

/** The sender writes a byte for each call, so that the receiver cannot answer with an earlier one's content. */
function sender(upload: (body: Uint8Array<ArrayBuffer>) => Promise<number>) {
  const body = new Uint8Array(bytes).fill(1);
  const others = lookAtPages(body) - 1;
  return async (turn: number) => {
    body[0] = turn & 0xff;
    assertSame(await upload(body), others + (turn & 0xff));
  };
}

function doorcall(name: string, codec: Codec, summary: string): Party {
  return {
    measures: { [name]: summary },
    serve: (directory) => serveStreams(codec, directory),
    async connect(directory) {
      const client = await connectStreams(codec, directory);
      return { [name]: roundTrips(sender((body) => client.upload(body))) };
    },
  };
}

export const inline64k: Scenario = {
  summary:
    '64 KiB in the message up, a number down, one call at a time; the server reads a byte of every page',
  unit: 'calls',
  bytes,
  compareBy: 'p50Us',
  parties: {
    doorcall: doorcall('doorcall', 'msgpack', 'a unary call, default settings (msgpack)'),
    'doorcall-gen': doorcall('doorcall-gen', 'generated', 'a unary call, generated code'),
    ...rawUploads({ bytes, work: lookAtPages, sender }),
  },
};
