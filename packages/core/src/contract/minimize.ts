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
export function minimize(table: ShapeTable): ShapeTable {
  const classOf = classes(table.shapes);
  const order = new Map<number, number>();
  const shapes: ShapeNode[] = [];
  const firstOf = new Map<number, ShapeNode>();
  table.shapes.forEach((node, index) => {
    const own = classOf[index] as number;
    if (!firstOf.has(own)) firstOf.set(own, node);
  });

  // Depth first by a stack of our own: a contract may nest deeper than the call stack.
  const reach = (root: number): number => {
    const stack = [root];
    while (stack.length > 0) {
      const current = stack.pop() as number;
      if (order.has(current)) continue;
      order.set(current, order.size);
      const refs = firstOf.get(current)?.refs ?? [];
      for (let i = refs.length - 1; i >= 0; i--) stack.push(classOf[refs[i] as number] as number);
    }
    return order.get(root) as number;
  };
  const roots = table.roots.map((root) => reach(classOf[root] as number));
  for (const [own, index] of order) {
    const node = firstOf.get(own) as ShapeNode;
    shapes[index] =
      node.refs === undefined
        ? node
        : { ...node, refs: node.refs.map((ref) => order.get(classOf[ref] as number) as number) };
  }
  return { shapes, roots };
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
