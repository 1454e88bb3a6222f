// A process that becomes what it is told to be. Started ahead of time, since starting takes longer than a round.
// Messages: { id, command, … } → { id, result } or { id, failure }.
import { Bystander, live, Survivor } from './calling.mjs';
import { Caller, own, takeOver } from './handing.mjs';
import { startServing } from './serving.mjs';

let serving;
let survivor;
let bystander;
let caller;

const commands = {
  ping: () => null,
  live: (plan) => void live(plan),
  serve: async (plan) => {
    serving = await startServing(plan);
  },
  drain: () => void serving.drain(),
  stats: () => serving.stats(),
  survive: (plan) => {
    survivor = new Survivor(plan);
  },
  use: (plan) => survivor.use(plan),
  standBy: (plan) => {
    bystander = new Bystander(plan);
  },
  report: () => bystander.report(),
  own,
  takeOver: (plan) => void takeOver(plan),
  callOn: (plan) => {
    caller ??= new Caller(plan);
    caller.callOn(plan.tag);
  },
  answered: () => caller.answered,
  pause: () => caller.pause(),
};

process.on('message', async ({ id, command, failpoint, ...plan }) => {
  // Before the addon passes its first place, which is when it looks.
  if (failpoint !== undefined) process.env.DOORCALL_FAILPOINT = failpoint;
  try {
    process.send({ id, result: (await commands[command](plan)) ?? null });
  } catch (error) {
    process.send({ id, failure: String(error?.stack ?? error) });
  }
});
process.on('disconnect', () => process.exit(0));
process.send({ ready: true });
