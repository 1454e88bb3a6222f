import type { ShapeNode } from './shape.js';

const MAX_DEPTH = 3;
const MAX_PARTS = 6;

/** A shape in TypeScript's manner, cut where it gets long: `{ sku: string, qty?: number, … }`. */
export function showShape(shapes: readonly ShapeNode[], index: number, depth = 0): string {
  const node = shapes[index];
  if (node === undefined) return 'unknown';
  const inner = (ref: number | undefined): string =>
    ref === undefined ? 'unknown' : depth >= MAX_DEPTH ? '…' : showShape(shapes, ref, depth + 1);
  const refs = node.refs ?? [];
  switch (node.kind) {
    case 'bytes':
      return 'Uint8Array';
    case 'date':
      return 'Date';
    case 'nan':
      return 'NaN';
    case 'custom':
      return node.name ?? 'custom';
    case 'door':
      return `door(${node.name})`;
    case 'literal':
      return few(node.values ?? [], (value) => value).join(' | ') || 'never';
    case 'object':
      return showObject(node, inner);
    case 'array':
      return `${grouped(inner(refs[0]))}[]`;
    case 'tuple':
      return `[${few(refs, (ref, i) => (node.rest === true && i === refs.length - 1 ? `...${inner(ref)}[]` : inner(ref))).join(', ')}]`;
    case 'record':
      return `Record<${inner(refs[0])}, ${inner(refs[1])}>`;
    case 'map':
      return `Map<${inner(refs[0])}, ${inner(refs[1])}>`;
    case 'set':
      return `Set<${inner(refs[0])}>`;
    case 'union':
      return few(refs, inner).join(' | ') || 'never';
    case 'intersection':
      return few(refs, (ref) => grouped(inner(ref))).join(' & ');
    case 'optional':
      return `${inner(refs[0])} | undefined`;
    case 'nullable':
      return `${inner(refs[0])} | null`;
    default:
      return node.kind;
  }
}

function showObject(node: ShapeNode, inner: (ref: number | undefined) => string): string {
  const names = node.names ?? [];
  if (names.length === 0) return '{}';
  const optional = new Set(node.optional);
  const keys = few(names, (name, i) => `${name}${optional.has(i) ? '?' : ''}: ${inner(node.refs?.[i])}`);
  return `{ ${keys.join(', ')} }`;
}

function grouped(text: string): string {
  return text.includes(' | ') ? `(${text})` : text;
}

function few<Item>(items: readonly Item[], show: (item: Item, index: number) => string): readonly string[] {
  const shown = items.slice(0, MAX_PARTS).map(show);
  return items.length > MAX_PARTS ? [...shown, '…'] : shown;
}
