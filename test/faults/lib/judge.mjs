// What may not happen, whoever dies whenever. Pure functions over the calls of a ledger.

/** A survivor that is told so late was told by something else than the death: its calls' deadline is 60 s. */
export const NOTICED_WITHIN_MS = 10_000;

/**
 * Judges one call by what is known of it now, whether or not it is over.
 *
 * @param call of a Ledger
 * @param circumstances.allowed status codes that such a call may end with, beside OK
 * @param circumstances.callerDied whether its caller was killed: then nothing can be expected of it
 * @returns violations as sentences
 */
export function judgeCall(call, { allowed, callerDied }) {
  const { id, kind, outcomes, executions, replied } = call;
  const violations = [];
  const violated = (text) => violations.push(`${text}: ${kind ?? 'call'} ${id}`);
  if (executions.length > 1) violated(`ran ${executions.length} times`);
  if (outcomes.length > 1) violated(`ended ${outcomes.length} times`);
  for (const { code, maybeExecuted } of outcomes) {
    if (code === 'WRONG') violated('was answered with something else');
    else if (code === 'OK') {
      if (executions.length === 0 && kind !== 'note') violated('was answered, but never ran');
    } else {
      if (!allowed.includes(code)) violated(`ended with ${code}`);
      if (!maybeExecuted && executions.length > 0) violated('ran, but its error says maybeExecuted: false');
      if (replied && !callerDied && code === 'UNAVAILABLE') violated('was answered, and the answer got lost');
    }
  }
  return violations;
}

/** Whether a call that ran at a process that is dead now still waits for its end. */
export const waitsForTheDead = (call, deadPid) =>
  call.outcomes.length === 0 && call.kind !== undefined && call.executions.includes(deadPid);

/** The value below which that share of a list lies; undefined for an empty one. */
export function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}
