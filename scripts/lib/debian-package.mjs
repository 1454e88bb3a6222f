// Programs that a few long runs need beside what the build needs.
import { spawnSync } from 'node:child_process';

const runs = (program) => spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined;

/** Installs the package whose program is missing, where this is Debian and we are root; else the program itself says what it needs. */
export function provideDebianPackage(name, program = name) {
  if (runs(program) || process.getuid?.() !== 0) return;
  console.error(`${program} is missing: apt-get install ${name}`);
  spawnSync('apt-get', ['install', '-y', '-q', name], { stdio: ['ignore', 'ignore', 'inherit'] });
}
