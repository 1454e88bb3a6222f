import { type MethodDescriptor, minimize, type ShapeNode } from '@doorcall/core/contract';
import type { Contract } from '../snapshot/index.js';

/** Two states of a contract over one table of shapes, in which equal shapes have equal indexes. */
export interface JointContracts {
  readonly shapes: readonly ShapeNode[];
  /** By name. */
  readonly old: ReadonlyMap<string, MethodDescriptor>;
  /** By name. */
  readonly new: ReadonlyMap<string, MethodDescriptor>;
}

/** Puts two contracts over one table, and what says the same in one form. */
export function join(old: Contract, next: Contract): JointContracts {
  const shift = old.shapes.length;
  const moved = next.shapes.map((node) => withRefs(node, (ref) => ref + shift));
  const both = [...old.shapes, ...moved];
  const table = both.map((node) => inOneOrder(sortedNames(merged(node, both))));
  const methods = [
    ...old.methods,
    ...next.methods.map((method) => withRoots(method, (root) => root + shift)),
  ];
  const roots: number[] = [];
  for (const method of methods) withRoots(method, (root) => roots.push(root));
  const minimal = minimize({ shapes: table, roots });
  let taken = 0;
  const placed = methods.map((method) => withRoots(method, () => minimal.roots[taken++] as number));
  const byName = (part: readonly MethodDescriptor[]) => new Map(part.map((method) => [method.name, method]));
  return {
    shapes: minimal.shapes,
    old: byName(placed.slice(0, old.methods.length)),
    new: byName(placed.slice(old.methods.length)),
  };
}

function withRefs(node: ShapeNode, move: (ref: number) => number): ShapeNode {
  return node.refs === undefined ? node : { ...node, refs: node.refs.map(move) };
}

/** Maps the roots of a method, always in the same order. */
function withRoots(method: MethodDescriptor, move: (root: number) => number): MethodDescriptor {
  const input = move(method.input);
  const output = move(method.output);
  const errors = Object.entries(method.errors).map(([reason, { code, data }]) => {
    return [reason, { code, data: move(data) }] as const;
  });
  return { ...method, input, output, errors: Object.fromEntries(errors) };
}

/** `a & b` of plain objects that share no key is the object of both their keys: people write it either way. */
function merged(node: ShapeNode, shapes: readonly ShapeNode[]): ShapeNode {
  if (node.kind !== 'intersection') return node;
  const members = (node.refs ?? []).map((ref) => shapes[ref] as ShapeNode);
  const plain = members.every((each) => each.kind === 'object' && !each.extra && !each.checks);
  const names = members.flatMap((each) => each.names ?? []);
  if (!plain || new Set(names).size < names.length) return node;
  const optional: number[] = [];
  let offset = 0;
  for (const each of members) {
    for (const index of each.optional ?? []) optional.push(index + offset);
    offset += each.names?.length ?? 0;
  }
  return {
    kind: 'object',
    names,
    ...(optional.length > 0 && { optional }),
    refs: members.flatMap((each) => each.refs ?? []),
  };
}

/** The order of an object's keys is the codec's business alone. */
function sortedNames(node: ShapeNode): ShapeNode {
  if (node.kind !== 'object' || node.names === undefined) return node;
  const { names, refs = [] } = node;
  const order = names.map((_, i) => i).sort((a, b) => ((names[a] as string) < (names[b] as string) ? -1 : 1));
  const optional = order.flatMap((was, i) => (node.optional?.includes(was) ? [i] : []));
  return {
    ...node,
    names: order.map((i) => names[i] as string),
    optional,
    refs: [...order.map((i) => refs[i] as number), ...refs.slice(names.length)],
  };
}

/** Properties in one order, and none that says nothing: nodes are told apart by their text. */
function inOneOrder(node: ShapeNode): ShapeNode {
  const { kind, names, optional, extra, min, rest, values, name, fingerprint, checks, refs } = node;
  return {
    kind,
    ...(names && { names }),
    ...(optional?.length && { optional }),
    ...(extra && { extra }),
    ...(min !== undefined && { min }),
    ...(rest && { rest }),
    ...(values && { values }),
    ...(name !== undefined && { name }),
    ...(fingerprint !== undefined && { fingerprint }),
    ...(checks?.length && { checks }),
    ...(refs && { refs }),
  };
}
