// Commands that only some scripts need, out of Debian packages.
import { spawnSync } from 'node:child_process';
import { refuse } from './fail.mjs';

/** Which of the commands cannot be run, as a sentence that says what to install; undefined when none. */
export function missingCommands(packageOf, purpose) {
  const missing = Object.keys(packageOf).filter((command) => !isThere(command));
  if (missing.length === 0) return undefined;
  const packages = [...new Set(missing.map((command) => packageOf[command]))].join(' ');
  const verb = missing.length === 1 ? 'is' : 'are';
  return `${missing.join(' and ')} ${verb} not on PATH; ${purpose} (Debian: apt install ${packages}).`;
}

/**
 * Makes sure that the commands are there: installs them where that needs no password, and else ends the script with
 * one sentence.
 *
 * @param packageOf the Debian package of each command.
 */
export function provideCommands(packageOf, purpose) {
  const sentence = missingCommands(packageOf, purpose);
  if (sentence === undefined) return;
  if (!mayInstall()) refuse(sentence);
  const packages = Object.keys(packageOf)
    .filter((command) => !isThere(command))
    .map((command) => packageOf[command]);
  console.log(`> apt-get install ${packages.join(' ')}`);
  const install = () => aptGet('install', '-y', '--no-install-recommends', ...packages);
  if (!install() && !(aptGet('update') && install())) refuse(`${sentence} It could not be installed.`);
}

/** Whether provideCommands() would succeed or at least try. */
export function canProvide(packageOf) {
  return missingCommands(packageOf, '') === undefined || mayInstall();
}

function mayInstall() {
  return process.getuid() === 0 && isThere('apt-get');
}

function aptGet(...args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync('apt-get', ['-qq', ...args], { stdio: ['ignore', 'ignore', 'inherit'], env }).status === 0;
}

function isThere(command) {
  // Not run: some know no harmless argument.
  return spawnSync('sh', ['-c', 'command -v "$1"', 'sh', command], { stdio: 'ignore' }).status === 0;
}
