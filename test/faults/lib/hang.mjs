// What a process that does not end is doing: what there is to go by, once it has been killed for it.
import { readdirSync, readFileSync } from 'node:fs';

/** Where threads sleep when nothing of theirs is to be done. */
const IDLE = /^(futex_|ep_poll|do_epoll|do_sys_poll)/;

/** @returns a line for the process, and one for each thread that does not merely wait; '' when it is gone */
export function stateOf(pid) {
  const threads = list(`/proc/${pid}/task`).map((tid) => threadOf(pid, tid));
  const [main, ...others] = threads;
  if (main === undefined) return '';
  const notable = others.filter(({ state, wchan }) => !state.startsWith('S') || !IDLE.test(wchan));
  return [main, ...notable].map(({ text }) => text).join('\n');
}

function threadOf(pid, tid) {
  const folder = `/proc/${pid}/task/${tid}`;
  const status = read(`${folder}/status`);
  const field = (name) => new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1] ?? '?';
  const state = field('State');
  const wchan = read(`${folder}/wchan`);
  const pending = `SigPnd ${field('SigPnd')} ShdPnd ${field('ShdPnd')}`;
  const text = `  ${tid} ${field('Name')}: ${state}, traced by ${field('TracerPid')}, ${pending}, in ${wchan} ${read(`${folder}/syscall`)}`;
  return { state, wchan, text };
}

function list(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function read(file) {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
}
