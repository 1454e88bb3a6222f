import type { $ZodType, $ZodTypes } from 'zod/v4/core';
import { checksOf } from './checks.js';
import type { ByKey, ByKinds, Core, Literal, Node, ValueKind } from './node.js';

const KIND_OF_CORE: Readonly<
  Record<Exclude<Core['kind'], 'any' | 'never' | 'literal' | 'attachment' | 'union'>, ValueKind>
> = {
  str: 'string',
  num: 'number',
  bool: 'boolean',
  bigint: 'bigint',
  date: 'object',
  blob: 'object',
  object: 'object',
  array: 'array',
  tuple: 'array',
  record: 'object',
  map: 'object',
  set: 'object',
};

/** The kinds of values that a node accepts; undefined when it may be any. */
function kindsOf(node: Node): readonly ValueKind[] | undefined {
  const { core } = node;
  if (node.standsIn) return undefined;
  const kinds = new Set<ValueKind>();
  if (node.undefinedOk) kinds.add('undefined');
  if (node.nullOk) kinds.add('null');
  switch (core.kind) {
    case 'any':
      return undefined;
    case 'never':
      break;
    case 'literal':
      for (const value of core.values) kinds.add(typeof value as ValueKind);
      break;
    case 'attachment':
      kinds.add('object');
      // As its sender has it.
      if (core.of === 'fd') kinds.add('number');
      break;
    case 'union':
      if ('key' in core.by) kinds.add('object');
      else if (core.by.kinds.length === 0) return undefined;
      else for (const kind of core.by.kinds.flat()) kinds.add(kind);
      break;
    default:
      kinds.add(KIND_OF_CORE[core.kind]);
  }
  return [...kinds];
}

/** Options that no value has in common, told by the kind of the value. */
export function byKinds(options: readonly Node[]): ByKinds | undefined {
  const kinds: (readonly ValueKind[])[] = [];
  for (const option of options) {
    const own = kindsOf(option);
    if (own === undefined || own.some((kind) => kinds.flat().includes(kind))) return undefined;
    kinds.push(own);
  }
  return { kinds };
}

/** Whether all options are nothing but literals: then it does not matter which of them accepts. */
export function onlyLiterals(options: readonly Node[]): readonly Literal[] | undefined {
  const plain = options.every(
    ({ core, judged, layers, bare, passesNullish }) =>
      (core.kind === 'literal' || core.kind === 'never') &&
      !judged &&
      layers.length === 0 &&
      passesNullish &&
      checksOf(bare.schema).length === 0,
  );
  if (!plain) return undefined;
  const values = options.flatMap(({ core }) => (core.kind === 'literal' ? core.values : []));
  return values.length === 0 ? undefined : [...new Set(values)];
}

/** Objects that a key with literal values tells apart. */
export function byDiscriminator(options: readonly $ZodType[], named: string | undefined): ByKey | undefined {
  const shapes = options.map((option) => (option as $ZodTypes)._zod.def);
  const [first] = shapes;
  if (first?.type !== 'object') return undefined;
  for (const key of named === undefined ? Object.keys(first.shape) : [named]) {
    const values = shapes.map((def) =>
      def.type === 'object' && Object.hasOwn(def.shape, key)
        ? literalsOf(def.shape[key] as $ZodType)
        : undefined,
    );
    if (!values.every((own) => own !== undefined)) continue;
    const all = values.flat();
    if (new Set(all).size === all.length) return { key, values };
  }
  return undefined;
}

/** The values of a schema that is nothing but a literal or an enum. */
function literalsOf(schema: $ZodType): readonly Literal[] | undefined {
  const { def, values } = (schema as $ZodTypes)._zod;
  if ((def.type !== 'literal' && def.type !== 'enum') || (def.checks?.length ?? 0) > 0) return undefined;
  const own = [...(values ?? [])];
  return own.every((value) => value !== undefined && value !== null && !Number.isNaN(value))
    ? (own as Literal[])
    : undefined;
}
