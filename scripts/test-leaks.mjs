// npm run test:leaks [-- --long] [--only name] [--json FILE]
import { runScenarios } from './lib/scenarios.mjs';

await runScenarios('leaks', [
  '--project=leaks',
  '--project=core',
  ...['leaks/', 'process/cycles', 'process/workers', 'process/life'].map(
    (part) => `packages/core/test/${part}`,
  ),
]);
