import { assertSame, expectedSum, fillWords, MiB, sumWords, wordsOf } from '../bytes.js';
import { plainWork } from '../loops.js';
import type { Party, Scenario } from '../party.js';
import { rawUploads } from './raw-uploads.js';

const bytes = MiB;

function work(body: Uint8Array): number {
  return sumWords(wordsOf(body));
}

function sender(upload: (body: Uint8Array) => Promise<number>) {
  const body = new Uint8Array(bytes);
  const words = wordsOf(body);
  return async (turn: number) => {
    fillWords(words, turn);
    assertSame(await upload(body), expectedSum(words.length, turn));
  };
}

const twoPasses: Party = {
  measures: { 'two-passes': 'the same two loops over the same memory in one process' },
  async connect() {
    const words = new Float64Array(bytes >> 3);
    return {
      'two-passes': plainWork((turn) => {
        fillWords(words, turn);
        assertSame(sumWords(words), expectedSum(words.length, turn));
      }),
    };
  },
};

export const blobWhole1m: Scenario = {
  summary: '1 MiB written word by word, handed over, and read word by word, one call at a time',
  unit: 'calls',
  bytes,
  compareBy: 'perSecond',
  parties: {
    doorcall: {
      measures: { doorcall: 'a blob in allocated memory' },
      cannot: 'there are no blobs yet',
      connect: async () => ({}),
    },
    'two-passes': twoPasses,
    ...rawUploads({ bytes, work, sender }),
  },
};
