import { assertSame, KiB, MiB, onePlaceOf } from '../bytes.js';
import type { Scenario } from '../party.js';
import { rawUploads } from './raw-uploads.js';

/** The receiver reads this. */
function work(bytes: Uint8Array): number {
  return bytes[onePlaceOf(bytes)]!;
}

/** The sender writes there for each call: an answer out of an earlier content is a wrong one. */
function senderOf(bytes: number) {
  return (upload: (body: Uint8Array) => Promise<number>) => {
    const body = new Uint8Array(bytes).fill(1);
    return async (turn: number) => {
      body[onePlaceOf(body)] = turn & 0xff;
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
      doorcall: {
        measures: { doorcall: 'a blob in allocated memory', empty: 'an empty call on the same connection' },
        cannot: 'there are no blobs yet',
        connect: async () => ({}),
      },
      ...rawUploads({ bytes, work, sender: senderOf(bytes) }),
    },
  };
}

export const blob1m = handOver(1_024 * KiB);
export const blob64m = handOver(64 * MiB);
