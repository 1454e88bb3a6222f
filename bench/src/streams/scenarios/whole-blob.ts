import { assertSame, expectedSum, fillWords, MiB, sumWords, wordsOf } from '../bytes.js';
import { connectStreams, serveStreams } from '../doorcall/ends.js';
import { plainWork, roundTrips } from '../loops.js';
import type { Party, Scenario } from '../party.js';
import { twoCores } from '../two-cores/party.js';
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

const doorcall: Party = {
  measures: {
    doorcall: 'a blob in memory that its sender fills anew for each call; read in place by `blob.read`',
  },
  serve: (directory) => serveStreams('msgpack', directory),
  async connect(directory) {
    const client = await connectStreams('msgpack', directory);
    const memory = client.allocate(bytes);
    const words = wordsOf(memory);
    return {
      doorcall: roundTrips(async (turn) => {
        fillWords(words, turn);
        assertSame(await client.sum(memory), expectedSum(words.length, turn));
      }),
    };
  },
};

const detaching: Party = {
  measures: {
    'doorcall-detaching':
      'a blob in memory that is allocated for the call, and a view of it: both are detached when they are let go of',
  },
  serve: (directory) => serveStreams('msgpack', directory),
  async connect(directory) {
    const client = await connectStreams('msgpack', directory);
    return {
      'doorcall-detaching': roundTrips(async (turn) => {
        using memory = client.allocate(bytes);
        const words = wordsOf(memory);
        fillWords(words, turn);
        assertSame(await client.sumOfView(memory), expectedSum(bytes >> 3, turn));
      }),
    };
  },
};

/** Writes and reads the same memory. */
function twoPasses() {
  const words = new Float64Array(bytes >> 3);
  return plainWork((turn) => {
    fillWords(words, turn);
    assertSame(sumWords(words), expectedSum(words.length, turn));
  });
}

const twoPassesAlone: Party = {
  measures: { 'two-passes': 'the same two loops over the same memory in one process' },
  connect: async () => ({ 'two-passes': twoPasses() }),
};

const twoPassesDetached: Party = {
  measures: {
    'two-passes-detached':
      'the same, after that process has detached an array buffer, as releasing a view does',
  },
  async connect() {
    const released = new ArrayBuffer(8);
    structuredClone(released, { transfer: [released] });
    return { 'two-passes-detached': twoPasses() };
  },
};

export const blobWhole1m: Scenario = {
  summary: '1 MiB written word by word, handed over, and read word by word, one call at a time',
  unit: 'calls',
  bytes,
  compareBy: 'perSecond',
  parties: {
    doorcall,
    'doorcall-detaching': detaching,
    'two-passes': twoPassesAlone,
    'two-passes-detached': twoPassesDetached,
    'two-cores': twoCores(bytes),
    ...rawUploads({ bytes, work, sender }),
  },
};
