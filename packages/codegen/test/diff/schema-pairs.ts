import * as fc from 'fast-check';
import { z } from 'zod';

/** A schema with values that it takes. */
export interface Sample {
  readonly schema: z.ZodType;
  /** The same, but objects let further keys pass: how a client that does not validate looks at a value. */
  readonly lenient: z.ZodType;
  readonly values: fc.Arbitrary<unknown>;
  /** One of the values, for defaults. */
  readonly one: unknown;
}

/** Two states of a schema; they have much in common. */
export type Pair = readonly [Sample, Sample];

function leaf(schema: z.ZodType, values: readonly unknown[]): Sample {
  return { schema, lenient: schema, values: fc.constantFrom(...values), one: values[0] };
}

const enumOf = (values: readonly string[]) => leaf(z.enum(values as [string]), values);

const LEAVES: readonly Sample[] = [
  leaf(z.string(), ['', 'a', 'b', 'long text']),
  leaf(z.number(), [0, 1, -1.5, 100]),
  leaf(z.boolean(), [false, true]),
  leaf(z.null(), [null]),
  leaf(z.date(), [new Date(0), new Date(1)]),
  leaf(z.literal(true), [true]),
  enumOf(['a']),
  enumOf(['b', 'a']),
  enumOf(['a', 'b', 'c']),
];

/** Checks, which only tell apart what a server takes. */
export const CHECKED: readonly Sample[] = [
  leaf(z.string().min(1), ['a', 'long text']),
  leaf(z.string().max(3), ['', 'a']),
  leaf(z.string().length(1), ['a', 'b']),
  leaf(z.number().min(0), [0, 100]),
  leaf(z.number().gt(0), [1, 100]),
  leaf(z.number().lt(100), [0, 1, -1.5]),
  leaf(z.int(), [0, 1, 100]),
  leaf(z.int32(), [0, 1, 100]),
  leaf(z.number().multipleOf(2), [0, 100]),
  leaf(z.number().multipleOf(4), [0, 100]),
];

type Presence = 'absent' | 'required' | 'optional' | 'default';
type Mode = 'strip' | 'strict' | 'loose' | 'texts' | 'numbers';

/** What further keys hold. */
const FURTHER = { texts: leaf(z.string(), ['x']), numbers: leaf(z.number(), [1]) };

function objectOf(keys: readonly (readonly [string, Presence, Sample])[], mode: Mode): Sample {
  const there = keys.filter(([, presence]) => presence !== 'absent');
  const build = (kind: Mode, part: 'schema' | 'lenient') => {
    const further = (sample: Sample) => (fields: z.core.$ZodShape) => z.object(fields).catchall(sample[part]);
    const make = {
      strip: z.object,
      strict: z.strictObject,
      loose: z.looseObject,
      texts: further(FURTHER.texts),
      numbers: further(FURTHER.numbers),
    }[kind];
    const shape = there.map(([name, presence, sample]) => {
      const inner = sample[part];
      // As an output, what has a default is always there.
      if (presence === 'default' && part === 'schema')
        return [name, inner.default(sample.one as never)] as const;
      return [name, presence === 'optional' ? inner.optional() : inner] as const;
    });
    return make(Object.fromEntries(shape));
  };
  const rest = mode === 'texts' || mode === 'numbers' ? FURTHER[mode] : undefined;
  const values = there.map(
    ([name, presence, sample]) =>
      [
        name,
        presence === 'required'
          ? sample.values
          : fc.option(sample.values, { nil: presence === 'optional' ? undefined : ABSENT }),
      ] as const,
  );
  return {
    schema: build(mode, 'schema'),
    lenient: build(rest === undefined ? 'loose' : mode, 'lenient'),
    values: fc
      .record({ ...Object.fromEntries(values), ...(rest && { z: fc.option(rest.values, { nil: ABSENT }) }) })
      .map((value) => Object.fromEntries(Object.entries(value).filter(([, each]) => each !== ABSENT))),
    one: Object.fromEntries(there.map(([name, , sample]) => [name, sample.one])),
  };
}

const ABSENT = Symbol('absent');

function map(
  sample: Sample,
  wrap: (schema: z.ZodType) => z.ZodType,
  values: (inner: fc.Arbitrary<unknown>) => fc.Arbitrary<unknown>,
  one: unknown,
): Sample {
  return { schema: wrap(sample.schema), lenient: wrap(sample.lenient), values: values(sample.values), one };
}

const arrayOf = (sample: Sample) => map(sample, z.array, (inner) => fc.array(inner, { maxLength: 2 }), []);
const nullable = (sample: Sample) => map(sample, z.nullable, (inner) => fc.option(inner), null);
const recordOf = (sample: Sample) =>
  map(
    sample,
    (schema) => z.record(z.string(), schema),
    (inner) => fc.dictionary(fc.constantFrom('a', 'b'), inner),
    {},
  );
const tupleOf = (samples: readonly Sample[]): Sample => ({
  schema: z.tuple(samples.map(({ schema }) => schema) as [z.ZodType]),
  lenient: z.tuple(samples.map(({ lenient }) => lenient) as [z.ZodType]),
  values: fc.tuple(...samples.map(({ values }) => values)),
  one: samples.map(({ one }) => one),
});
const unionOf = (samples: readonly Sample[]): Sample => ({
  schema: z.union(samples.map(({ schema }) => schema)),
  lenient: z.union(samples.map(({ lenient }) => lenient)),
  values: fc.oneof(...samples.map(({ values }) => values)),
  one: samples[0]?.one,
});

function shown({ schema }: Sample): string {
  return JSON.stringify(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }));
}

/** Pairs of schemas. @param leaves what they are made of */
export function pairs(leaves: readonly Sample[] = LEAVES): fc.Arbitrary<Pair> {
  const leafOf = fc.constantFrom(...leaves);
  const mode = fc.constantFrom<Mode>('strip', 'strip', 'strip', 'strict', 'loose', 'texts', 'numbers');
  const presence = fc.constantFrom<Presence>('absent', 'required', 'required', 'optional', 'default');
  const twice = <Value>(value: fc.Arbitrary<Value>) =>
    fc.oneof({ weight: 3, arbitrary: value.map((same) => [same, same] as const) }, fc.tuple(value, value));
  const level = (depth: number): fc.Arbitrary<Pair> => {
    const same = leafOf.map((sample): Pair => [sample, sample]);
    const other = fc.tuple(leafOf, leafOf);
    if (depth === 0) return fc.oneof({ weight: 2, arbitrary: same }, other);
    const inner = level(depth - 1);
    const wrapped = (wrap: (sample: Sample) => Sample) => inner.map(([a, b]): Pair => [wrap(a), wrap(b)]);
    const object = fc
      .tuple(
        fc.tuple(...['a', 'b', 'c'].map((name) => fc.tuple(fc.constant(name), twice(presence), inner))),
        twice(mode),
      )
      .map(([keys, [oldMode, newMode]]): Pair => {
        const side = (i: 0 | 1, kind: Mode) =>
          objectOf(
            keys.map(([name, has, pair]) => [name, has[i], pair[i]]),
            kind,
          );
        return [side(0, oldMode), side(1, newMode)];
      });
    const variants = fc
      .tuple(twice(fc.subarray(['x', 'y'], { minLength: 1 })), inner, inner)
      .map(([tags, x, y]): Pair => {
        const side = (i: 0 | 1) =>
          unionOf(
            tags[i].map((tag) =>
              objectOf(
                [
                  ['t', 'required', leaf(z.literal(tag), [tag])],
                  ['v', 'required', (tag === 'x' ? x : y)[i]],
                ],
                'strip',
              ),
            ),
          );
        return [side(0), side(1)];
      });
    return fc.oneof(
      same,
      other,
      { weight: 4, arbitrary: object },
      { weight: 2, arbitrary: variants },
      wrapped(arrayOf),
      wrapped(recordOf),
      wrapped(nullable),
      inner.map(([a, b]): Pair => [a, nullable(b)]),
      inner.map(([a, b]): Pair => [nullable(a), b]),
      fc.tuple(inner, inner).map(([[a, b], [c, d]]): Pair => [unionOf([a, c]), unionOf([b, d])]),
      fc.tuple(inner, inner).map(([[a, b], [c]]): Pair => [unionOf([a, c]), b]),
      fc.tuple(inner, inner).map(([[a, b], [, d]]): Pair => [a, unionOf([b, d])]),
      fc.tuple(inner, inner).map(([[a, b], [c, d]]): Pair => [tupleOf([a, c]), tupleOf([b, d])]),
    );
  };
  return level(2).map((pair) =>
    Object.assign(pair, { [fc.toStringMethod]: () => pair.map(shown).join(' → ') }),
  );
}
