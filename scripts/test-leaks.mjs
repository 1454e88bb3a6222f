// npm run test:leaks -- --help
import { runScenarios } from './lib/scenarios.mjs';

const what = `Connects, closes, kills and terminates thousands of times, and compares descriptors, mappings, threads and memory
with what there was before.`;

await runScenarios({ name: 'leaks', what }, [
  '--project=leaks',
  '--project=core',
  ...['leaks/', 'process/cycles', 'process/workers', 'process/life'].map(
    (part) => `packages/core/test/${part}`,
  ),
]);
