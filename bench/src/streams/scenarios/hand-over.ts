import { assertSame, MiB, onePlaceOf, readOnePlace } from '../bytes.js';
import { connectStreams, serveStreams } from '../doorcall/ends.js';
import { roundTrips } from '../loops.js';
import type { Party, Scenario } from '../party.js';
import { rawUploads } from './raw-uploads.js';

/** The sender writes there for each call: an answer out of an earlier content is a wrong one. */
function writeOnePlace(body: Uint8Array, turn: number): void {
  body[onePlaceOf(body)] = turn & 0xff;
}

function doorcall(bytes: number): Party {
  return {
    measures: {
      doorcall: 'a blob in memory that is allocated once, released by the server before it answers',
      empty: 'an empty call on the same connection',
    },
    withoutPayload: ['empty'],
    serve: (directory) => serveStreams('msgpack', directory),
    async connect(directory) {
      const client = await connectStreams('msgpack', directory);
      const memory = client.allocate(bytes).fill(1);
      return {
        doorcall: roundTrips(async (turn) => {
          writeOnePlace(memory, turn);
          assertSame(await client.onePlace(memory), turn & 0xff);
        }),
        empty: roundTrips(() => client.nothing()),
      };
    },
  };
}

/** Over a raw socket the sender has one memory for all calls. */
function senderOf(bytes: number) {
  return (upload: (body: Uint8Array) => Promise<number>) => {
    const body = new Uint8Array(bytes).fill(1);
    return async (turn: number) => {
      writeOnePlace(body, turn);
      assertSame(await upload(body), turn & 0xff);
    };
  };
}

function handOver(bytes: number): Scenario {
  const size = `${bytes / MiB} MiB`;
  return {
    summary: `${size} handed over, one call at a time; the server reads one place of it`,
    unit: 'calls',
    bytes,
    compareBy: 'p50Us',
    parties: {
      doorcall: doorcall(bytes),
      ...rawUploads({ bytes, work: readOnePlace, sender: senderOf(bytes) }),
    },
  };
}

export const blob1m = handOver(MiB);
export const blob64m = handOver(64 * MiB);
