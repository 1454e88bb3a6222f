/** A client of the soak, with a thread that makes calls of its own. argv[2]: a LoadPlan */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { Load, type LoadPlan } from './load/load.js';
import { obey, planOf, violated } from './world/far-end.js';

const load = new Load(planOf<LoadPlan>(), violated);
let worker: Worker | undefined;

async function stopWorker(): Promise<void> {
  if (worker === undefined) return;
  const gone = once(worker, 'exit');
  worker.postMessage('stop');
  await gone;
}

obey({
  takeTimes: () => load.takeTimes(),
  /** Ends the thread in whatever it does, and starts another one. */
  async churn(plan: LoadPlan) {
    await worker?.terminate();
    worker = new Worker(new URL('./worker-program.js', import.meta.url), { workerData: plan });
    worker.on('message', violated);
    worker.on('error', (error) => violated(`a worker thread failed: ${error.stack}`));
  },
  async stop() {
    await Promise.all([load.stop(), stopWorker()]);
  },
  leave: () => void setImmediate(() => process.disconnect()),
});
process.send?.({ event: 'ready' });
