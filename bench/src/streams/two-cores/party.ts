/** The floor of whoever reads on one core what was written on another: the lines have to come over from its caches. */
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Measure, Party, Sample } from '../party.js';
import { reset, sharedMemory } from './hand-off.js';

export function twoCores(bytes: number): Party {
  return {
    measures: {
      'two-cores':
        'the same two loops in two threads over the same memory: no message, only a word to spin on',
    },
    async connect() {
      if (availableParallelism() < 2) throw new Error('two threads that spin need two CPUs');
      return { 'two-cores': betweenThreads(bytes) };
    },
  };
}

/** The threads sleep between windows. */
export function betweenThreads(bytes: number): Measure {
  const shared = sharedMemory(bytes);
  const [writer, reader] = (['writer', 'reader'] as const).map((role) => {
    const worker = new Worker(new URL('./thread.js', import.meta.url), { workerData: { role, shared } });
    worker.unref();
    return worker;
  }) as [Worker, Worker];
  return async (durationMs) => {
    reset(shared);
    const both = [writer, reader].map(async (thread) => {
      thread.postMessage(durationMs);
      const [said] = await once(thread, 'message');
      return said;
    });
    const [sample] = await Promise.all(both);
    return sample as Sample;
  };
}
