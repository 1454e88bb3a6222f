// Failpoints of the test's own programs, at the seams that the library offers: handlers and interceptors. They obey the
// same environment as those in the addon (packages/native/src/fault/failpoint.h).
import { writeSync } from 'node:fs';
import { now } from './journal.mjs';

/** All there are, for whoever has to list them. */
export const PROGRAM_POINTS = [
  'client.program.calling',
  'client.program.called',
  'client.program.asked',
  'server.program.handling',
  'server.program.logged',
  'server.program.answering',
  'server.program.replied',
  'server.program.draining',
  'server.program.drained',
];

const MOST_RECORDED = 64;
const passages = new Map(PROGRAM_POINTS.map((name) => [name, 0]));

export function point(name) {
  const plan = process.env.DOORCALL_FAILPOINT;
  if (!plan) return;
  const passage = passages.get(name) + 1;
  passages.set(name, passage);
  const [place, chosen, action] = plan.split(':');
  if (plan === 'record') {
    if (passage <= MOST_RECORDED) tell(name, passage);
  } else if (place === name && Number(chosen) === passage) {
    tell(name, passage);
    process.kill(process.pid, action === 'kill' ? 'SIGKILL' : 'SIGSTOP');
  }
}

function tell(name, passage) {
  writeSync(Number(process.env.DOORCALL_FAILPOINT_FD), `${name} ${passage} ${now()}\n`);
}
