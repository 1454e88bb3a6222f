import type { ShapeNode } from '@doorcall/core/contract';

/** A shape without its `optional` and `nullable`. */
export interface Peeled {
  readonly core: number;
  readonly optional: boolean;
  readonly nullable: boolean;
}

/** Takes `optional` and `nullable` off a shape, however often and in whichever order they are there. */
export function peel(shapes: readonly ShapeNode[], index: number): Peeled {
  let core = index;
  const kinds = new Set<string>();
  const seen = new Set<number>();
  for (let node = shapes[core]; node !== undefined && !seen.has(core); node = shapes[core]) {
    if (node.kind !== 'optional' && node.kind !== 'nullable') break;
    seen.add(core);
    kinds.add(node.kind);
    core = node.refs?.[0] as number;
  }
  return { core, optional: kinds.has('optional'), nullable: kinds.has('nullable') };
}

/** A key of an object. */
export interface Key {
  readonly ref: number;
  readonly optional: boolean;
}

/** The named keys of an object. */
export function keysOf({ names = [], refs = [], optional = [] }: ShapeNode): ReadonlyMap<string, Key> {
  return new Map(
    names.map((name, i) => [name, { ref: refs[i] as number, optional: optional.includes(i) }] as const),
  );
}

/** The path of a key: `.sku`, or `["a b"]` where the name is no identifier. */
export function step(name: string): string {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
}
