import { labelOf, type ShapeNode } from './shape.js';

/** A table of shapes and where its roots are. */
export interface ShapeTable {
  readonly shapes: readonly ShapeNode[];
  readonly roots: readonly number[];
}

/**
 * The smallest table that says the same, in the order in which the roots reach its nodes.
 *
 * Two nodes are the same when no walk from them can tell them apart: nodes are put into classes by their labels,
 * and the classes are split by the classes that their nodes refer to until nothing splits any more. So it does not
 * matter whether a contract uses one schema twice, writes it twice or unrolls a recursion, and equal contracts
 * have equal tables.
 */
export function minimize({ shapes, roots }: ShapeTable): ShapeTable {
  const classOf = classes(shapes);
  const representatives: ShapeNode[] = [];
  shapes.forEach((node, index) => {
    const own = classOf[index] as number;
    representatives[own] ??= {
      ...node,
      ...(node.refs && { refs: node.refs.map((ref) => classOf[ref] as number) }),
    };
  });
  return reachable({ shapes: representatives, roots: roots.map((root) => classOf[root] as number) });
}

/** What the roots reach, numbered in that order. Of a table that is minimal, this is minimal. */
export function reachable({ shapes, roots }: ShapeTable): ShapeTable {
  const order = new Map<number, number>();
  // Depth first by a stack of our own: a contract may nest deeper than the call stack.
  for (const root of roots) {
    const stack = [root];
    while (stack.length > 0) {
      const current = stack.pop() as number;
      if (order.has(current)) continue;
      order.set(current, order.size);
      const refs = shapes[current]?.refs ?? [];
      for (let i = refs.length - 1; i >= 0; i--) stack.push(refs[i] as number);
    }
  }
  const renumber = (index: number): number => order.get(index) as number;
  return {
    shapes: [...order.keys()].map((index) => {
      const node = shapes[index] as ShapeNode;
      return { ...node, ...(node.refs && { refs: node.refs.map(renumber) }) };
    }),
    roots: roots.map(renumber),
  };
}

/** For each node, the number of its class. */
function classes(shapes: readonly ShapeNode[]): readonly number[] {
  let numbers = new Map<string, number>();
  const numberOf = (text: string): number => {
    let number = numbers.get(text);
    if (number === undefined) {
      number = numbers.size;
      numbers.set(text, number);
    }
    return number;
  };
  let current = shapes.map((node) => numberOf(labelOf(node)));
  for (let count = numbers.size; ; count = numbers.size) {
    numbers = new Map();
    const previous = current;
    current = shapes.map((node, index) => {
      const refs = (node.refs ?? []).map((ref) => previous[ref]);
      return numberOf(`${previous[index]}:${refs.join(',')}`);
    });
    if (numbers.size === count) return current;
  }
}
