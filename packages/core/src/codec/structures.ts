import type { ServiceDescriptor } from '../contract/descriptor.js';
import type { ShapeNode } from '../contract/shape.js';

/** Key lists of records get ids up to here; objects beyond travel with their keys. */
const MAX_STRUCTURES = 1024;
/** An object with so many keys that may be absent has a record for each combination of them. */
const MAX_COMBINED = 4;

/**
 * The key lists that both sides fix in advance, so that records travel without keys. They follow from the
 * descriptor alone: equal fingerprints, equal lists in equal order.
 *
 * Each object of the contract has one list with all its keys in the contract's order, which is the order in which
 * zod builds its output and in which most people write an object down. Where keys may be absent, there are
 * further lists without them. An object that matches none, because its keys come in another order or are others,
 * travels with its keys by name. The full lists come first: the first 32 ids take one byte, the others two.
 */
export function structuresOf({ shapes }: ServiceDescriptor): string[][] {
  const objects = [
    ...shapes.filter((node) => node.kind === 'object'),
    ...shapes.filter((node) => node.kind === 'intersection').flatMap((node) => merged(node, shapes)),
  ];
  const lists = new Map<string, string[]>();
  const add = (keys: readonly string[]): void => {
    const id = JSON.stringify(keys);
    if (lists.size < MAX_STRUCTURES && !lists.has(id)) lists.set(id, [...keys]);
  };
  for (const node of objects) add(node.names ?? []);
  for (const node of objects) for (const keys of withoutOptional(node)) add(keys);
  return [...lists.values()];
}

/** The key lists of an object of which some or all optional keys are absent. */
function withoutOptional({ names = [], optional = [] }: ShapeNode): readonly (readonly string[])[] {
  const absent: readonly (readonly number[])[] =
    optional.length > MAX_COMBINED
      ? [optional]
      : Array.from({ length: 2 ** optional.length }, (_, bits) => optional.filter((_, i) => (bits >> i) & 1));
  return absent.map((indexes) => names.filter((_, i) => !indexes.includes(i)));
}

/** An intersection of objects is one object that has the keys of all. */
function merged(node: ShapeNode, shapes: readonly ShapeNode[]): readonly ShapeNode[] {
  const parts = objectsIn(node, shapes, new Set());
  if (parts === undefined) return [];
  const names = [...new Set(parts.flatMap((part) => part.names ?? []))];
  const optional = names.flatMap((name, i) => (parts.every((part) => mayLack(part, name)) ? [i] : []));
  return [{ kind: 'object', names, optional }];
}

function objectsIn(
  node: ShapeNode,
  shapes: readonly ShapeNode[],
  seen: Set<ShapeNode>,
): readonly ShapeNode[] | undefined {
  if (node.kind === 'object') return [node];
  if (node.kind !== 'intersection' || seen.has(node)) return undefined;
  seen.add(node);
  const parts = (node.refs ?? []).map((ref) => objectsIn(shapes[ref] as ShapeNode, shapes, seen));
  return parts.includes(undefined) ? undefined : (parts as readonly (readonly ShapeNode[])[]).flat();
}

function mayLack({ names = [], optional = [] }: ShapeNode, name: string): boolean {
  const index = names.indexOf(name);
  return index < 0 || optional.includes(index);
}
