import type { $ZodType } from 'zod/v4/core';
import { attachmentTypes } from './attachment-types.js';
import { childrenOf, isPartialRecord, requiredItems } from './children.js';
import { isOpaque } from './opaque.js';
import { mayBeAbsent } from './optional-keys.js';
import { behindLazy, type Direction, defOf } from './schema.js';

/** One of the two types of a schema, with what it is made of. */
export interface GraphNode {
  /** Never a lazy one, but one that stands for nothing. */
  readonly schema: $ZodType;
  readonly direction: Direction;
  readonly edges: readonly Edge[];
}

/** A node within another one. */
export interface Edge {
  readonly to: GraphNode;
  /** See `Child`. */
  readonly index: string | undefined;
  readonly label: string;
}

/** A contract whose schemas go on for ever, because one makes new ones whenever it is asked, ends here. */
const MAX_NODES = 50_000;

/** All schemas of a contract in both directions, and what can be said of each of them only by what it contains. */
export class TypeGraph {
  readonly #nodes = { input: new Map<$ZodType, GraphNode>(), output: new Map<$ZodType, GraphNode>() };
  /** Contain something opaque, or are opaque. */
  readonly #opaque: ReadonlySet<GraphNode>;
  /** Have two different types. */
  readonly #different: ReadonlySet<$ZodType>;
  readonly #needy = new Map<GraphNode, boolean>();

  /** @throws Error when the schemas never end. */
  constructor(roots: readonly $ZodType[]) {
    const all: GraphNode[] = [];
    for (const root of roots) {
      this.#collect(root, 'input', all);
      this.#collect(root, 'output', all);
    }
    const users = usersOf(all);
    this.#opaque = closure(
      all.filter(({ schema, direction }) => isOpaque(schema, direction)),
      (node) => users.get(node) ?? [],
    );
    const bySchema = schemaUsers(users);
    const unlike = new Set(all.map(({ schema }) => schema).filter(differsItself));
    this.#different = closure([...unlike], (schema) => bySchema.get(schema) ?? []);
  }

  /** The node of a schema. Where both its types are the same, both directions have one node. */
  nodeOf(schema: $ZodType, direction: Direction): GraphNode {
    const canonical = behindLazy(schema) ?? schema;
    const node =
      (this.#different.has(canonical) ? undefined : this.#nodes.input.get(canonical)) ??
      this.#nodes[direction].get(canonical);
    if (node === undefined) throw new Error('a schema that was not collected');
    return node;
  }

  /** The nodes within a node, each the one that {@link nodeOf} gives. */
  edgesOf(node: GraphNode): readonly Edge[] {
    return node.edges.map((edge) => ({ ...edge, to: this.nodeOf(edge.to.schema, edge.to.direction) }));
  }

  /** Whether anything in it is seen by the compiler only. */
  containsOpaque(node: GraphNode): boolean {
    return this.#opaque.has(node);
  }

  /**
   * Whether it cannot be written out itself, because it is opaque or has such a node within it that cannot be
   * referred to but by referring to all of this one.
   */
  needsReference(node: GraphNode): boolean {
    const known = this.#needy.get(node);
    if (known !== undefined) return known;
    // What stands for nothing but itself is nothing that needs a reference.
    this.#needy.set(node, false);
    const { type } = defOf(node.schema);
    // Of a list of references, one reference to the list says the same.
    const isPlain = type === 'array' || type === 'record';
    const needs =
      isOpaque(node.schema, node.direction) ||
      node.edges.some(({ to, index }) =>
        index === undefined ? this.containsOpaque(to) : (isPlain || index === '') && this.needsReference(to),
      );
    this.#needy.set(node, needs);
    return needs;
  }

  #collect(root: $ZodType, direction: Direction, all: GraphNode[]): void {
    const waiting: { readonly schema: $ZodType; readonly edges: Edge[]; readonly direction: Direction }[] =
      [];
    const add = (schema: $ZodType, towards: Direction): GraphNode => {
      const canonical = behindLazy(schema) ?? schema;
      const known = this.#nodes[towards].get(canonical);
      if (known !== undefined) return known;
      if (all.length >= MAX_NODES) {
        throw new Error(
          `the contract has more than ${MAX_NODES} schemas; does one make new ones each time it is asked?`,
        );
      }
      const edges: Edge[] = [];
      const node: GraphNode = { schema: canonical, direction: towards, edges };
      this.#nodes[towards].set(canonical, node);
      all.push(node);
      waiting.push({ schema: canonical, direction: towards, edges });
      return node;
    };
    add(root, direction);
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (behindLazy(next.schema) === undefined) continue;
      for (const child of childrenOf(next.schema, next.direction)) {
        next.edges.push({ to: add(child.schema, child.direction), index: child.index, label: child.label });
      }
    }
  }
}

/** Whether the two types of a schema differ for a reason of its own. */
function differsItself(schema: $ZodType): boolean {
  if (isOpaque(schema, 'input') || isOpaque(schema, 'output')) return true;
  const def = defOf(schema);
  switch (def.type) {
    case 'custom':
      return attachmentTypes(schema) !== undefined;
    case 'default':
    case 'prefault':
    case 'pipe':
    case 'success':
      return true;
    case 'object':
      return Object.values(def.shape).some(
        (each) => mayBeAbsent(each, 'input') !== mayBeAbsent(each, 'output'),
      );
    case 'tuple':
      return requiredItems(def.items, 'input') !== requiredItems(def.items, 'output');
    case 'record':
      return isPartialRecord(schema, 'input') !== isPartialRecord(schema, 'output');
    default:
      return false;
  }
}

function usersOf(nodes: readonly GraphNode[]): Map<GraphNode, GraphNode[]> {
  const users = new Map<GraphNode, GraphNode[]>();
  for (const node of nodes) {
    for (const { to } of node.edges) {
      const known = users.get(to);
      if (known === undefined) users.set(to, [node]);
      else known.push(node);
    }
  }
  return users;
}

function schemaUsers(users: ReadonlyMap<GraphNode, readonly GraphNode[]>): Map<$ZodType, $ZodType[]> {
  const bySchema = new Map<$ZodType, $ZodType[]>();
  for (const [{ schema }, nodes] of users) {
    bySchema.set(schema, [...(bySchema.get(schema) ?? []), ...nodes.map((node) => node.schema)]);
  }
  return bySchema;
}

/** All that can be reached. */
function closure<Item>(from: readonly Item[], next: (item: Item) => readonly Item[]): ReadonlySet<Item> {
  const reached = new Set(from);
  // A set's iterator goes on to what is added meanwhile.
  for (const item of reached) for (const each of next(item)) reached.add(each);
  return reached;
}
