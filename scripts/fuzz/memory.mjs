// Words of a live segment, overwritten at random by a peer in Python (packages/core/test/hostile/peer/mutate.py).
import { runMutator } from '../../packages/core/test/hostile/support/mutator.mjs';

const TELL_EVERY_MS = 10_000;

/** @returns how many rounds there were, and what was found */
export async function fuzzMemory(role, { seconds, seed }) {
  let told = performance.now();
  const onProgress = (total) => {
    if (performance.now() - told < TELL_EVERY_MS) return;
    told = performance.now();
    console.log(textOf(role, total));
  };
  const total = await runMutator({ role, seed, seconds, onProgress });
  console.log(textOf(role, total));
  if (total.finding === undefined) return { tried: total.rounds, findings: [] };
  const finding =
    `${total.finding.problem}\n` +
    `  again  npm run fuzz -- --target mutated-${role} --seed ${total.finding.seed} (timing plays a part)`;
  return { tried: total.rounds, findings: [finding] };
}

function textOf(role, { rounds, violations, politeCalls }) {
  return `mutated-${role}: ${rounds} rounds, ${violations} connections ended for violations, ${politeCalls} calls of a polite client answered`;
}
