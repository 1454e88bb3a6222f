import { type Core, hasState, isComposite, isStated, type Literal, type Node } from './node.js';
import { minimumBytes } from './size.js';

/**
 * What the bytes of nodes depend on, and nothing else, as JSON: the cores in the order in which they are met, each
 * with what it is made of. Two generations with equal ones understand each other.
 */
export function wireOf(roots: readonly Node[]): unknown {
  const ids = new Map<Core, number>();
  const table: unknown[] = [];
  const reference = (node: Node): unknown => {
    const states = isStated(node) ? [node.undefinedOk, node.nullOk] : [];
    return [...states, coreOf(node.core)];
  };
  const coreOf = (core: Core): unknown => {
    if (core.kind === 'literal') return ['literal', core.values.map(literalText)];
    if (core.kind === 'attachment') return ['attachment', core.of];
    if (!isComposite(core)) return core.kind;
    let id = ids.get(core);
    if (id === undefined) {
      id = table.length;
      ids.set(core, id);
      table.push(undefined);
      table[id] = composite(core);
    }
    return id;
  };
  const item = (node: Node): unknown => [reference(node), minimumBytes(node) === 0];
  const composite = (core: Core): unknown => {
    switch (core.kind) {
      case 'object':
        return [
          core.kind,
          core.others === 'kept' && core.other !== undefined ? reference(core.other) : null,
          core.fields.map((field) => [field.name, hasState(field), coreOf(field.node.core)]),
        ];
      case 'array':
        return [core.kind, item(core.element)];
      case 'tuple':
        return [core.kind, core.items.map(reference), core.rest === undefined ? null : item(core.rest)];
      case 'record':
        return [core.kind, reference(core.value)];
      case 'set':
        return [core.kind, item(core.value)];
      case 'map':
        return [core.kind, item(core.key), item(core.value)];
      case 'union':
        return [core.kind, core.options.map(({ core: option }) => coreOf(option))];
      default:
        return core.kind;
    }
  };
  return [roots.map(reference), table];
}

function literalText(value: Literal): string {
  return `${typeof value} ${Object.is(value, -0) ? '-0' : value}`;
}
