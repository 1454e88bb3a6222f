import { literalKind, type ShapeNode } from '@doorcall/core/contract';

/** An option of a union that is on both sides. */
export interface OptionPair {
  readonly old: number;
  readonly next: number;
  /** What tells it from the others: `type: "created"`. Empty when its kind does. */
  readonly tag: string;
}

/** The options of two unions, matched with each other. */
export interface MatchedOptions {
  readonly pairs: readonly OptionPair[];
  readonly removed: readonly number[];
  readonly added: readonly number[];
}

/**
 * Finds which option of a union became which: the same shape, else the same literal under a key that tells the
 * options apart, else the only one of its kind.
 */
export function matchOptions(
  shapes: readonly ShapeNode[],
  olds: readonly number[],
  news: readonly number[],
): MatchedOptions {
  const removed = olds.filter((each) => !news.includes(each));
  const added = news.filter((each) => !olds.includes(each));
  const pairs: OptionPair[] = [];
  const match = (tagOf: (option: number) => string | undefined, shown: (tag: string) => string): void => {
    for (const old of [...removed]) {
      const tag = tagOf(old);
      const alike = (each: number) => tagOf(each) === tag;
      if (tag === undefined || removed.filter(alike).length > 1) continue;
      const candidates = added.filter(alike);
      const [next] = candidates;
      if (next === undefined || candidates.length > 1) continue;
      pairs.push({ old, next, tag: shown(tag) });
      removed.splice(removed.indexOf(old), 1);
      added.splice(added.indexOf(next), 1);
    }
  };
  const key = discriminator(shapes, [...olds, ...news]);
  if (key !== undefined)
    match(
      (option) => `${key}: ${tagUnder(shapes, option, key)}`,
      (tag) => tag,
    );
  else
    match(
      (option) => kindOf(shapes[option] as ShapeNode),
      () => '',
    );
  return { pairs, removed, added };
}

/** What tells an option of a union from the others, if a literal under a key does: `type: "created"`. */
export function tagOf(
  shapes: readonly ShapeNode[],
  options: readonly number[],
  option: number,
): string | undefined {
  const key = discriminator(shapes, options);
  return key === undefined ? undefined : `${key}: ${tagUnder(shapes, option, key)}`;
}

/** The key under which every option is an object with a literal. */
function discriminator(shapes: readonly ShapeNode[], options: readonly number[]): string | undefined {
  const [first] = options;
  if (first === undefined) return undefined;
  const names = shapes[first]?.kind === 'object' ? (shapes[first].names ?? []) : [];
  return names.find((name) => options.every((option) => tagUnder(shapes, option, name) !== undefined));
}

function tagUnder(shapes: readonly ShapeNode[], option: number, key: string): string | undefined {
  const node = shapes[option];
  const index = node?.kind === 'object' ? (node.names ?? []).indexOf(key) : -1;
  if (index < 0) return undefined;
  const value = shapes[node?.refs?.[index] as number];
  return value?.kind === 'literal' ? value.values?.join(' | ') : undefined;
}

/** The values of literals count as their kind: an enum that gets a value is still that enum. */
function kindOf(node: ShapeNode): string {
  return node.kind === 'literal' ? `literal ${literalKind(node.values?.[0] ?? '')}` : node.kind;
}
