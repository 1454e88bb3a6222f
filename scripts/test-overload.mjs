// npm run test:overload [-- --long] [--only name] [--json FILE]
import { runScenarios } from './lib/scenarios.mjs';

await runScenarios('overload', ['--project=overload']);
