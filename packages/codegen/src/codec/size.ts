import { type Core, hasState, isStated, type Node } from './node.js';

/** The fewest bytes that a value takes, as far as 0 and more than 0 go. */
export function minimumBytes(node: Node): number {
  return isStated(node) ? 1 : coreBytes(node.core, new Set());
}

function coreBytes(core: Core, within: Set<Core>): number {
  switch (core.kind) {
    case 'literal':
      return core.values.length === 1 ? 0 : 1;
    case 'object': {
      // A value that contains itself must have something else, too; to count it as nothing is safe.
      if (within.has(core)) return 0;
      if (core.others === 'kept' || core.fields.some(hasState)) return 1;
      const inside = new Set(within).add(core);
      return Math.max(0, ...core.fields.map(({ node }) => coreBytes(node.core, inside)));
    }
    case 'tuple': {
      if (within.has(core)) return 0;
      if (core.rest !== undefined || core.items.some(isStated)) return 1;
      const inside = new Set(within).add(core);
      return Math.max(0, ...core.items.map((item) => coreBytes(item.core, inside)));
    }
    default:
      return 1;
  }
}
