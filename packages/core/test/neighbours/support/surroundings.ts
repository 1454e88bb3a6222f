import { spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { temporaryFolder } from '../../shm/support/places.js';

/** Users that have nothing on this machine. */
export const STRANGER = 54_331;
export const OTHER_STRANGER = 54_332;

/** Whether the command can be run here: some sandboxes forbid namespaces, and not everybody is root. */
export const possible = (command: readonly string[]): boolean =>
  spawnSync(command[0] as string, [...command.slice(1), 'true']).status === 0;

/** A directory that any user may enter and serve in. */
export function commonFolder(): string {
  const directory = temporaryFolder();
  chmodSync(directory, 0o777);
  return directory;
}

const AT_LEAST = ['unshare', '--fork', '--kill-child'];

/** A command that runs the rest in namespaces of these kinds; `script` is run by a shell before. */
export function unshared(kinds: readonly string[], script = ''): readonly string[] {
  const command = [...AT_LEAST, ...kinds.map((kind) => `--${kind}`)];
  return script === '' ? command : [...command, 'sh', '-ec', `${script}\nexec "$@"`, 'sh'];
}
