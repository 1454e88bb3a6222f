import { type MethodDescriptor, methodHash, type ShapeNode } from '@doorcall/core/contract';
import type { Contract } from '../snapshot/index.js';
import { AFFECTED, type Affected, type Break, type Change, kindOf } from './change.js';
import { type JointContracts, join } from './joint.js';
import { kindChange, withArticle } from './kinds.js';
import type { Direction } from './parties.js';
import { tooLarge } from './too-large.js';
import { Walk } from './walk.js';

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

/** A change, apart from where it is. */
type Part = Pick<Change, 'side' | 'reason' | 'path' | 'message' | 'breaks'>;

/**
 * The changes from some contracts to others, services paired by name: by service, by method, and in the order of the
 * schema. Empty when the fingerprints are equal.
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
    if (after === undefined) return [withKind({ service }, gone('service', affected))];
    return diffServices(before, after, affected);
  });
}

function diffServices(old: Contract, next: Contract, affected: readonly Affected[]): readonly Change[] {
  const { service } = old;
  const joint = join(old, next);
  const changes = [...new Set([...joint.old.keys(), ...joint.new.keys()])].sort().flatMap((method) => {
    const [before, after] = [joint.old.get(method), joint.new.get(method)];
    const parts =
      before === undefined
        ? [{ path: '', message: 'method added', breaks: [] }]
        : after === undefined
          ? [gone('method', affected)]
          : diffMethods(joint, before, after, affected);
    const known = parts.length > 0 || sameText(old, next, method) ? parts : [REORDERED];
    return known.map((part) => withKind({ service, method }, part));
  });
  const changed = new Set(changes.map(({ method }) => method as string));
  const whole = tooLarge(old, next, changed).map(({ breaks, ...rest }) => ({
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
    return methodHash({ ...contract, fingerprint: '' }, method);
  };
  return hash(old) === hash(next);
}

function diffMethods(
  { shapes }: JointContracts,
  old: MethodDescriptor,
  next: MethodDescriptor,
  affected: readonly Affected[],
): readonly Part[] {
  const changed = kindChange(old.kind, next.kind);
  if (changed !== undefined) {
    const [was, is] = [withArticle(old.kind), withArticle(next.kind)];
    const breaks: readonly Break[] = [
      { who: 'old-client', why: `the client has ${was} method, the server ${is} one` },
      { who: 'old-server', why: `the client has ${is} method, the server ${was} one` },
      { who: 'client-code', why: changed.whyCode },
    ];
    return [part('', changed.message, breaks, affected)];
  }
  const walked = (direction: Direction, a: number, b: number) => walk(shapes, direction, old, a, b, affected);
  return [
    ...walked('input', old.input, next.input).map((each) => ({ side: 'input' as const, ...each })),
    ...walked('output', old.output, next.output).map((each) => ({ side: 'output' as const, ...each })),
    ...diffErrors(old, next, affected, (a, b) => walked('output', a, b)),
  ];
}

function walk(
  shapes: readonly ShapeNode[],
  direction: Direction,
  { kind }: MethodDescriptor,
  old: number,
  next: number,
  affected: readonly Affected[],
): readonly Part[] {
  const walk = new Walk(shapes, direction, kind, affected);
  walk.compare(old, next);
  return walk.changes;
}

function diffErrors(
  old: MethodDescriptor,
  next: MethodDescriptor,
  affected: readonly Affected[],
  walked: (old: number, next: number) => readonly Part[],
): readonly Part[] {
  const reasons = [...new Set([...Object.keys(old.errors), ...Object.keys(next.errors)])].sort();
  return reasons.flatMap((reason) => {
    const [before, after] = [old.errors[reason], next.errors[reason]];
    const whole = (message: string, breaks: readonly Break[]): Part => ({
      ...part('', message, breaks, affected),
      side: 'error',
      reason,
    });
    if (before === undefined) {
      return [whole('error added', [{ who: 'client-code', why: 'a switch over all reasons lacks it' }])];
    }
    if (after === undefined) {
      return [
        whole('error removed', [{ who: 'client-code', why: 'code that asks for it no longer compiles' }]),
      ];
    }
    const code =
      before.code === after.code
        ? []
        : [whole(`${before.code} → ${after.code}`, codeChanged(before.code, after.code))];
    const data = walked(before.data, after.data);
    return [...code, ...data.map((each) => ({ ...each, side: 'error' as const, reason }))];
  });
}

/** The server's status code is the one that arrives. */
function codeChanged(old: string, next: string): readonly Break[] {
  return [
    { who: 'old-client', why: `it gets ${next} where its contract says ${old}` },
    { who: 'old-server', why: `its clients get ${old} where their contract says ${next}` },
  ];
}

function gone(what: 'service' | 'method', affected: readonly Affected[]): Part {
  const breaks: readonly Break[] = [
    { who: 'old-client', why: `the server has no such ${what}` },
    { who: 'client-code', why: `code that uses the ${what} no longer compiles` },
  ];
  return part('', `${what} removed`, breaks, affected);
}

function part(path: string, message: string, breaks: readonly Break[], affected: readonly Affected[]): Part {
  return { path, message, breaks: breaks.filter(({ who }) => affected.includes(who)) };
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
