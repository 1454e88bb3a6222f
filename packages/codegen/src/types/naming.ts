import type { GraphNode, TypeGraph } from './graph.js';
import { metadataOf } from './metadata.js';
import { defOf } from './schema.js';

/** An enum or a literal of fewer values is as easily read as a name. */
const MIN_NAMED_VALUES = 4;

/**
 * The nodes that get a declaration of their own: those with an id, those in which a cycle of schemas closes, and
 * those that would be written out several times otherwise.
 *
 * @param roots in the order in which they will be written
 */
export function namedNodes(graph: TypeGraph, roots: readonly GraphNode[]): ReadonlySet<GraphNode> {
  const { closing, all } = walk(graph, roots);
  const uses = usesOf(graph, roots, (node) => closing.has(node) || isWorthNaming(node));
  return new Set(
    all.filter(
      (node) =>
        closing.has(node) || (isWorthNaming(node) && ((uses.get(node) ?? 0) > 1 || idOf(node) !== undefined)),
    ),
  );
}

/** The id that a schema was given by `meta`. */
export function idOf(node: GraphNode): string | undefined {
  return metadataOf(node.schema).id;
}

function isWorthNaming({ schema }: GraphNode): boolean {
  const def = defOf(schema);
  switch (def.type) {
    case 'object':
      return Object.keys(def.shape).length > 0;
    case 'tuple':
    case 'intersection':
      return true;
    case 'union':
      return def.options.some((option) => isWorthNaming({ schema: option } as GraphNode));
    case 'enum':
      return Object.keys(def.entries).length >= MIN_NAMED_VALUES;
    case 'literal':
      return def.values.length >= MIN_NAMED_VALUES;
    default:
      return metadataOf(schema).id !== undefined;
  }
}

/** Depth first, as they will be written. What is only referred to is not looked into. */
function walk(graph: TypeGraph, roots: readonly GraphNode[]) {
  const closing = new Set<GraphNode>();
  const all = new Set<GraphNode>();
  const open = new Set<GraphNode>();
  for (const root of roots) {
    const stack = [visit(root)];
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const next = top.rest.pop();
      if (next === undefined) {
        open.delete(top.node);
        stack.pop();
      } else if (open.has(next)) {
        closing.add(next);
      } else if (!all.has(next)) {
        stack.push(visit(next));
      }
    }
  }
  return { closing, all: [...all] };

  function visit(node: GraphNode) {
    all.add(node);
    open.add(node);
    return { node, rest: writtenWithin(graph, node).reverse() };
  }
}

/** How often each node would be written out, if the given ones have names. */
function usesOf(
  graph: TypeGraph,
  roots: readonly GraphNode[],
  hasName: (node: GraphNode) => boolean,
): ReadonlyMap<GraphNode, number> {
  const uses = new Map<GraphNode, number>();
  const owners = new Set(roots);
  const arrive = (node: GraphNode): void => {
    if (!hasName(node)) {
      for (const inner of writtenWithin(graph, node)) arrive(inner);
      return;
    }
    uses.set(node, (uses.get(node) ?? 0) + 1);
    owners.add(node);
  };
  for (const root of roots) if (hasName(root)) uses.set(root, (uses.get(root) ?? 0) + 1);
  for (const owner of owners) for (const inner of writtenWithin(graph, owner)) arrive(inner);
  return uses;
}

function writtenWithin(graph: TypeGraph, node: GraphNode): GraphNode[] {
  if (graph.needsReference(node)) return [];
  return graph.edgesOf(node).map((edge) => edge.to);
}
