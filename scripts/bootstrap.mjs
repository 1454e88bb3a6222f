// Every root script starts here: it makes a fresh clone ready (plain Node, nothing installed yet), then runs the task.
import path from 'node:path';
import { refuse } from './lib/fail.mjs';
import { handOver } from './lib/hand-over.mjs';
import { installDependencies, providePnpm } from './lib/package-manager.mjs';
import { repositoryRoot } from './lib/paths.mjs';
import { missingRequirement } from './lib/requirements.mjs';

const tasks = {
  build: ['turbo', 'run', 'build'],
  test: ['node', 'scripts/test.mjs'],
  lint: ['node', 'scripts/lint.mjs'],
  check: ['turbo', 'run', 'check'],
  format: ['node', 'scripts/format.mjs'],
  quickstart: ['node', 'scripts/quickstart.mjs'],
  bench: ['node', 'scripts/bench.mjs'],
  prebuild: ['node', 'scripts/prebuild.mjs'],
  'test:node-matrix': ['node', 'scripts/test-node-matrix.mjs'],
  'check:model': ['node', 'scripts/check-model.mjs'],
  'test:arm64': ['node', 'scripts/test-arm64.mjs'],
  'test:sanitizers': ['node', 'scripts/test-sanitizers.mjs'],
  'test:overload': ['node', 'scripts/test-overload.mjs'],
  'test:guard': ['node', 'scripts/test-guard.mjs'],
  'test:leaks': ['node', 'scripts/test-leaks.mjs'],
  'test:ring-stress': ['node', 'scripts/test-ring-stress.mjs'],
  'test:hostile': ['node', 'scripts/test-hostile.mjs'],
  'test:mutants': ['node', 'scripts/test-mutants.mjs'],
  'test:faults': ['node', 'scripts/test-faults.mjs'],
  'test:parity': ['node', 'scripts/test-parity.mjs'],
  'test:fuzz-codec': ['node', 'scripts/test-fuzz-codec.mjs'],
  'test:restarts': ['node', 'scripts/test-restarts.mjs'],
  soak: ['node', 'scripts/soak.mjs'],
  fuzz: ['node', 'scripts/fuzz.mjs'],
  'docs:api': ['node', 'scripts/docs-api.mjs'],
  pnpm: ['pnpm'],
};

// First, for what follows may already be beyond an old Node.
const missing = missingRequirement();
if (missing !== undefined) refuse(missing);

const [task, ...args] = process.argv.slice(2);
const command = Object.hasOwn(tasks, task ?? '') ? tasks[task] : undefined;
if (command === undefined) refuse(`no task named ${task}; there are ${Object.keys(tasks).join(', ')}.`);

const environment = {
  ...process.env,
  PATH: [
    providePnpm(),
    path.join(repositoryRoot, 'node_modules', '.bin'),
    path.dirname(process.execPath),
    process.env.PATH,
  ].join(path.delimiter),
  TURBO_TELEMETRY_DISABLED: '1',
  DO_NOT_TRACK: '1',
};

// `pnpm add` and its like change the lock file, so a frozen install must not stand before them.
if (task !== 'pnpm') installDependencies(environment);

handOver(command[0], [...command.slice(1), ...args], environment);
