import type { MethodDescriptor, ServiceDescriptor } from './descriptor.js';
import { methodHash, type ReceivedDescriptor, type ReceivedMethod } from './exchange.js';
import { Fit } from './fit.js';

/** Whether one method can be called across two contracts. */
export type Judgement =
  | { readonly ok: true; readonly remoteId: number }
  | { readonly ok: false; readonly differences: readonly string[] };

const MAX_DIFFERENCES = 8;

/**
 * Compares two contracts that differ, method by method, from the client's side. What the server answers must be what
 * the client expects, whatever it is: a client does not validate. What the client sends must be something that the
 * server can take; a choice that is wider than the server's (a further value of an enum, a key that may be absent)
 * is left to its validation, value by value, and so are ranges and what only code can tell apart.
 *
 * @param mine the client's contract
 * @param theirs the server's contract
 * @returns for each method of the client its id at the server, or what keeps it from being called.
 */
export function judge(
  mine: ServiceDescriptor,
  theirs: Omit<ReceivedDescriptor, 'callbacks'>,
): ReadonlyMap<string, Judgement> {
  const remote = new Map(theirs.methods.map((method) => [method.name, method]));
  return new Map(
    mine.methods.map((method) => [method.name, judgeMethod(mine, theirs, method, remote.get(method.name))]),
  );
}

function judgeMethod(
  mine: ServiceDescriptor,
  theirs: Omit<ReceivedDescriptor, 'callbacks'>,
  method: MethodDescriptor,
  remote: ReceivedMethod | undefined,
): Judgement {
  if (remote === undefined) return { ok: false, differences: [missing(theirs, method.name)] };
  if (remote.hash !== undefined) {
    return remote.hash === methodHash(mine, method)
      ? { ok: true, remoteId: remote.id }
      : { ok: false, differences: ['the contracts differ, and are too large to be exchanged in full'] };
  }
  if (method.kind !== remote.kind) {
    return {
      ok: false,
      differences: [`the client has a ${method.kind} method, the server a ${remote.kind} one`],
    };
  }
  // A one-way call hears nothing of values that the server refuses: all that it may send has to fit.
  const rules = { someValues: method.kind !== 'oneway' };
  const request = new Fit(mine.shapes, theirs.shapes, 'client sends', 'server takes', 'request', rules);
  const answer = new Fit(theirs.shapes, mine.shapes, 'server answers', 'client expects', 'answer');
  request.compare(method.input, remote.input, 'input');
  if (method.kind !== 'oneway') answer.compare(remote.output, method.output, 'output');
  for (const [reason, own] of Object.entries(method.errors)) {
    const other = remote.errors[reason];
    if (other !== undefined) answer.compare(other.data, own.data, `error ${reason}`);
  }
  const differences = [...request.differences, ...answer.differences];
  if (differences.length === 0) return { ok: true, remoteId: remote.id };
  const more = differences.length - MAX_DIFFERENCES;
  return {
    ok: false,
    differences: more > 0 ? [...differences.slice(0, MAX_DIFFERENCES), `and ${more} more`] : differences,
  };
}

function missing(theirs: Omit<ReceivedDescriptor, 'callbacks'>, name: string): string {
  return theirs.omitted > 0
    ? `the contracts differ, and the server's, of ${theirs.omitted} methods, is too large to be exchanged`
    : `the server has no method '${name}'`;
}
