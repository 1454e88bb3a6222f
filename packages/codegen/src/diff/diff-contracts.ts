import { callbacksName, type MethodDescriptor, methodHash } from '@doorcall/core/contract';
import type { Contract } from '../snapshot/index.js';
import { AFFECTED, type Affected, type Change, kindOf } from './change.js';
import { descriptorOf } from './descriptor.js';
import { added, diffMethods, gone, type Part } from './diff-methods.js';
import { join } from './joint.js';
import { CALLBACKS, METHODS, type Roles } from './roles.js';
import { tooLarge } from './too-large.js';

/**
 * In which order a new contract reaches running processes. `any`: old clients meet new servers and new clients meet
 * old servers. `servers-first`: no client is new before all servers are. `clients-first`: the reverse.
 */
export const ROLLOUTS = ['any', 'servers-first', 'clients-first'] as const;

/** One of {@link ROLLOUTS}. */
export type Rollout = (typeof ROLLOUTS)[number];

/** What {@link diffContracts} takes into account. */
export interface DiffOptions {
  /** Default: `any`. */
  readonly rollout?: Rollout;
}

/** Who meets whom. */
const MEETS: Readonly<Record<Rollout, readonly Affected[]>> = {
  any: AFFECTED,
  'servers-first': ['old-client', 'client-code'],
  'clients-first': ['old-server', 'client-code'],
};

/**
 * The changes from some contracts to others, services paired by name: by service, by method, then by callback, and in the
 * order of the schema. Empty when the fingerprints are equal. Callbacks are methods of the service `<service>.callbacks`.
 */
export function diffContracts(
  old: readonly Contract[],
  next: readonly Contract[],
  { rollout = 'any' }: DiffOptions = {},
): readonly Change[] {
  const affected = MEETS[rollout];
  const olds = new Map(old.map((contract) => [contract.service, contract]));
  const news = new Map(next.map((contract) => [contract.service, contract]));
  return [...new Set([...olds.keys(), ...news.keys()])].sort().flatMap((service) => {
    const [before, after] = [olds.get(service), news.get(service)];
    if (before === undefined)
      return [{ kind: 'compatible' as const, service, path: '', message: 'service added', breaks: [] }];
    if (after === undefined) return [withKind({ service }, gone('service', METHODS, affected))];
    return diffServices(before, after, affected);
  });
}

function diffServices(old: Contract, next: Contract, affected: readonly Affected[]): readonly Change[] {
  const callbacks = (contract: Contract): Contract =>
    contract.callbacks ?? { service: callbacksName(contract.service), methods: [], shapes: [] };
  return [
    ...diffGroup([old, next], [old, next], METHODS, affected),
    ...diffGroup([old, next], [callbacks(old), callbacks(next)], CALLBACKS, affected),
  ];
}

/**
 * @param wholes both contracts
 * @param groups their methods, or their callbacks
 */
function diffGroup(
  wholes: readonly [Contract, Contract],
  groups: readonly [Contract, Contract],
  roles: Roles,
  affected: readonly Affected[],
): readonly Change[] {
  const [old, next] = groups;
  const { service } = old;
  const joint = join(old, next);
  const changes = [...new Set([...joint.old.keys(), ...joint.new.keys()])].sort().flatMap((method) => {
    const [before, after] = [joint.old.get(method), joint.new.get(method)];
    const parts =
      before === undefined
        ? [added(roles, affected)]
        : after === undefined
          ? [gone(roles.word, roles, affected)]
          : diffMethods(joint, before, after, roles, affected);
    const known = parts.length > 0 || sameText(old, next, method) ? parts : [REORDERED];
    return known.map((part) => withKind({ service, method }, part));
  });
  const changed = new Set(changes.map(({ method }) => method as string));
  const whole = tooLarge(...wholes, changed, roles).map(({ breaks, ...rest }) => ({
    ...rest,
    breaks: breaks.filter(({ who }) => affected.includes(who)),
  }));
  return [...whole.map((part) => withKind({ service }, part)), ...changes];
}

/** The codec's records follow the order of keys, so such a change parts the fingerprints and nothing else. */
const REORDERED: Part = {
  path: '',
  message: 'the same values, in another order of keys or options',
  breaks: [],
};

function sameText(old: Contract, next: Contract, name: string): boolean {
  const hash = (contract: Contract) => {
    const method = contract.methods.find((each) => each.name === name) as MethodDescriptor;
    return methodHash(descriptorOf(contract), method);
  };
  return hash(old) === hash(next);
}

/** In one order of properties, for JSON. */
function withKind(
  where: Pick<Change, 'service' | 'method'>,
  { side, reason, path, message, breaks }: Part,
): Change {
  return {
    kind: kindOf(breaks),
    ...where,
    ...(side !== undefined && { side }),
    ...(reason !== undefined && { reason }),
    path,
    message,
    breaks,
  };
}
