/** A thread of a client. workerData: a LoadPlan */
import { parentPort, workerData } from 'node:worker_threads';
import { Load, type LoadPlan } from './load/load.js';

const load = new Load(workerData as LoadPlan, (words) => parentPort?.postMessage(words));

parentPort?.once('message', async () => {
  await load.stop();
  parentPort?.close();
});
