// npm run test:overload -- --help
import { runScenarios } from './lib/scenarios.mjs';

const what = `Floods and starves servers and clients, and lets their system calls fail (needs strace): memory stays bounded, errors have
their types, polite clients are served, and all is well again afterwards.`;

await runScenarios({ name: 'overload', what, packages: { strace: 'strace' } }, ['--project=overload']);
