import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { _refine, $ZodCustom, $ZodString, compile } from 'zod/v4/core';
import type { StandardSchema } from '../../src/contract/standard-schema.js';
import { validate, validateSync, validatorOf } from '../../src/contract/validate.js';
import { PromiseReturned, runWatched, watchCode } from '../../src/contract/zod-code.js';
import { loadCompiler } from '../../src/contract/zod-compiler.js';

const bug = new Error('bug in the contract');
const failed = { issues: [expect.anything()], failure: { thrown: bug } };
const gone = (): Promise<never> => Promise.reject(bug);

/** Rejections that nobody looks at: each would end a process. */
const lost: unknown[] = [];
const onLost = (reason: unknown) => void lost.push(reason);

beforeEach(() => {
  lost.length = 0;
  process.on('unhandledRejection', onLost);
});
afterEach(async () => {
  // Node tells of them when all microtasks have run.
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', onLost);
  expect(lost).toEqual([]);
});

async function heat(schema: StandardSchema, value: unknown): Promise<void> {
  await loadCompiler();
  for (let i = 0; i < 100; i += 1) await validate(schema, value);
}

/** Each takes the text 'good' at once and answers 'bad' with a promise that is rejected. */
const sometimes: Record<string, () => StandardSchema> = {
  'a refinement': () => z.string().refine((text) => text === 'good' || gone()),
  'a custom schema': () => z.custom<string>((text) => text === 'good' || gone()),
  'a refinement of many': () =>
    z.string().superRefine((text) => (text === 'good' ? undefined : gone()) as undefined),
  'a check': () => z.string().check(({ value }) => (value === 'good' ? undefined : gone()) as undefined),
  'a transform': () => z.string().transform((text) => (text === 'good' ? text : gone())),
  'a preprocessor': () => z.preprocess((text) => (text === 'good' ? text : gone()), z.unknown()),
  'a codec': () =>
    z.codec(z.string(), z.string(), {
      decode: (text) => (text === 'good' ? text : gone()) as string,
      encode: (text) => text,
    }),
  'a codec with a check': () =>
    z
      .codec(z.string(), z.string(), {
        decode: (text) => (text === 'good' ? text : gone()) as string,
        encode: (text) => text,
      })
      .refine(() => true),
  'a union of a synchronous and an asynchronous part': () =>
    z.union([z.literal('good'), z.string().refine(async () => gone())]),
  'a lazy schema': () => {
    const inner = z.string().refine((text) => text === 'good' || gone());
    return z.lazy(() => inner);
  },
  'a lazy schema that is made anew each time': () =>
    z.lazy(() => z.string().refine((text) => text === 'good' || gone())),
  'a check of a property': () =>
    z.string().check(
      z.property(
        'length',
        z.number().refine((length) => length === 4 || gone()),
      ),
    ),
};

/** The same within what a contract is made of. */
const within: Record<string, (part: () => StandardSchema) => [z.ZodType, (text: string) => unknown]> = {
  itself: (part) => [part() as z.ZodType, (text) => text],
  'an object': (part) => [z.object({ a: part() as z.ZodType, n: z.number() }), (text) => ({ a: text, n: 1 })],
  'an array': (part) => [z.array(part() as z.ZodType), (text) => ['good', text]],
  'a tuple': (part) => [z.tuple([z.number()], part() as z.ZodType), (text) => [1, text]],
  'a map': (part) => [z.map(z.string(), part() as z.ZodType), (text) => new Map([['k', text]])],
  'a record': (part) => [z.record(z.string(), part() as z.ZodType), (text) => ({ k: text })],
  'a pipe': (part) => [z.string().pipe(part() as z.ZodType<unknown, string>), (text) => text],
  'an optional part': (part) => [(part() as z.ZodType).optional().nullable().readonly(), (text) => text],
  'an intersection': (part) => [z.intersection(z.unknown(), part() as z.ZodType), (text) => text],
};

describe.each(Object.keys(sometimes))('%s that returns a promise for some values only', (name) => {
  const part = sometimes[name] as () => StandardSchema;

  it.each(Object.keys(within))('loses no rejection within %s, cold or hot', async (place) => {
    for (const calls of [0, 1, 100]) {
      const [schema, withText] = (within[place] as (typeof within)[string])(part);
      if (calls > 1) await heat(schema, withText('good'));
      else if (calls === 1) await validate(schema, withText('good'));
      expect(await validate(schema, withText('bad'))).toEqual(failed);
      expect(await validate(schema, withText('good'))).toEqual({ value: withText('good') });
      expect(await validate(schema, withText('bad'))).toEqual(failed);
    }
  });
});

/** zod does not await what these return: each makes 'bad' a promise that is rejected, or is made so itself. */
const unawaited: Record<string, [make: () => StandardSchema, bad: unknown, good: unknown]> = {
  'a key that is asynchronous': [
    () =>
      z.record(
        z.string().refine(async (key) => key === 'good' || gone()),
        z.number(),
      ),
    { bad: 1 },
    {},
  ],
  'a key that is so for some values': [
    () =>
      z.record(
        z.string().refine((key) => key === 'good' || gone()),
        z.number(),
      ),
    { bad: 1 },
    { good: 1 },
  ],
  'a key of several parts': [
    () =>
      z.record(
        z.union([z.literal('good'), z.string().refine((key) => key === 'good' || gone())]),
        z.number(),
      ),
    { bad: 1 },
    { good: 1 },
  ],
  'a string format that is asynchronous': [
    () => z.object({ a: z.stringFormat('sku', async () => gone()).optional() }),
    { a: 'bad' },
    {},
  ],
  'a string format that is so for some values': [
    () => z.stringFormat('sku', (text) => text === 'good' || gone()),
    'bad',
    'good',
  ],
  'a string format as a check': [
    () => z.string().check(z.stringFormat('sku', (text) => text === 'good' || gone())),
    'bad',
    'good',
  ],
};

describe.each(Object.keys(unawaited))('%s', (name) => {
  it.each([0, 1, 100])(
    'costs its call only after %i calls, and accepts nothing by a promise',
    async (calls) => {
      const [make, bad, good] = unawaited[name] as (typeof unawaited)[string];
      const schema = make();
      await loadCompiler();
      for (let i = 0; i < calls; i += 1) expect(await validate(schema, good)).toEqual({ value: good });
      for (let i = 0; i < 2; i += 1) {
        expect(await validate(schema, bad)).toMatchObject({ failure: { thrown: expect.any(Error) } });
        expect(await validate(schema, good)).toEqual({ value: good });
      }
    },
  );
});

describe('a promise for which zod has no use', () => {
  const text = z.string();
  it.each<[string, z.ZodType, unknown]>([
    ['overwrite', z.any().overwrite(gone), 'x'],
    ['catch', text.catch(gone as never), 1],
    ['a default', z.any().default(gone), undefined],
    ['a default of a part', z.object({ a: z.any().default(gone) }), {}],
    ['a prefault', z.any().prefault(gone), undefined],
    ['when', text.check(z.refine(() => true, { when: gone as never })), 'x'],
    ['the error of a schema', z.number({ error: gone as never }), 'x'],
    ['the error of a check', text.check(z.minLength(3, { error: gone as never })), 'x'],
  ])('is not lost: %s', async (_, schema, value) => {
    await loadCompiler();
    for (let i = 0; i < 100; i += 1) await validate(schema, value);
  });

  it('is looked after beside parts that are asynchronous by their kind, and compiled or frozen ones', async () => {
    const error = gone as never;
    await validate(z.object({ a: z.promise(z.number({ error })), n: z.number({ error }) }), {
      a: 'x',
      n: 'x',
    });
    await validate(compile(z.object({ n: z.number({ error }) })) as StandardSchema, { n: 'x' });
    const frozen = z.string().min(1);
    Object.freeze(frozen._zod.def);
    expect(watchCode(z.object({ frozen }))).toBe('any');
  });
});

describe('a function that throws at once', () => {
  const throwing = () => {
    throw bug;
  };
  it.each<[string, z.ZodType]>([
    ['refine', z.string().refine(throwing)],
    ['check', z.string().check(throwing)],
    ['transform', z.string().transform(throwing)],
  ])('beside one that is rejected later loses nothing: %s', async (_, b) => {
    const a = z.string().refine(async () => gone());
    expect(await validate(z.object({ a, b }), { a: 'x', b: 'x' })).toEqual(failed);
  });

  it('is told as it is when it judges a key', async () => {
    const a = z.string().refine(async () => true);
    const b = z.record(z.string().refine(throwing), z.unknown());
    expect(await validate(z.object({ a, b }), { a: 'x', b: { k: 1 } })).toEqual(failed);
  });
});

describe('the function in the place of another', () => {
  it('has its name, its length and its own properties', () => {
    const code = (_text: string) => true;
    const named = Object.assign(code, { rule: 'every text' });
    const schema = z.string().refine(named).catch('constant');
    expect(watchCode(schema)).toBe('any');
    const [check] = schema.unwrap()._zod.def.checks ?? [];
    const { fn: put } = (check?._zod.def ?? {}) as { fn?: typeof named };
    expect(put).not.toBe(named);
    expect([put?.name, put?.length, put?.rule]).toEqual(['code', 1, 'every text']);
    // zod compiles a catch only if it sees its own mark.
    expect(Object.keys(schema._zod.def.catchValue)).toEqual(['~constantCatch']);
  });
});

describe('a schema with code of the contract', () => {
  it('that is async by its looks never runs synchronously', async () => {
    const code = vi.fn();
    const schema = z.string().refine(async (text) => {
      code(text);
      return gone();
    });
    expect(() => validateSync(schema, 'x')).toThrow(/FAILED_PRECONDITION/);
    expect(code).not.toHaveBeenCalled();
    await expect(validate(schema, 'x')).resolves.toEqual(failed);
    expect(code).toHaveBeenCalledTimes(1);
  });

  it('runs twice for the one value that shows it to be asynchronous, and once for all others', async () => {
    const code = vi.fn((text: string) => (text === 'later' ? Promise.resolve(true) : true));
    const schema = z.object({ text: z.string().refine(code) });
    await heat(schema, { text: 'now' });
    expect(code).toHaveBeenCalledTimes(100);
    await expect(validate(schema, { text: 'later' })).resolves.toEqual({ value: { text: 'later' } });
    expect(code).toHaveBeenCalledTimes(102);
    await validate(schema, { text: 'now' });
    await validate(schema, { text: 'later' });
    expect(code).toHaveBeenCalledTimes(104);
  });

  it('stays synchronous and compiled as long as its code is', async () => {
    const schema = z.object({
      text: z.string().transform((text) => text.length),
      n: z.number().refine((n) => n > 0),
    });
    await heat(schema, { text: 'abc', n: 1 });
    expect(validate(schema, { text: 'abc', n: 1 })).toEqual({ value: { text: 3, n: 1 } });
    expect(validate(schema, { text: 'abc', n: 0 })).toMatchObject({ issues: [{ path: ['n'] }] });
    const throwing = z.string().refine(() => {
      throw bug;
    });
    expect(validate(throwing, 'x')).toEqual(failed);
  });

  it('loses nothing when several parts are rejected at once', async () => {
    const schema = z.string().refine(gone).refine(gone).superRefine(gone);
    await expect(validate(schema, 'x')).resolves.toEqual(failed);
    await expect(validate(schema, 'x')).resolves.toEqual(failed);
  });

  it('may share parts with others, and be used by others', async () => {
    const Part = z.string().refine((text) => text === 'good' || gone());
    const [one, other] = [z.object({ a: Part }), z.array(Part)];
    await heat(one, { a: 'good' });
    expect(await validate(other, ['bad'])).toEqual(failed);
    expect(await validate(one, { a: 'bad' })).toEqual(failed);
    expect(validate(z.tuple([Part]), ['good'])).toEqual({ value: ['good'] });
    // Outside of this package it is what it was.
    expect(Part.parse('good')).toBe('good');
    expect(() => Part.parse('bad')).toThrow(/Promise during synchronous parse/);
    await expect(Part.parseAsync('bad')).rejects.toBe(bug);
  });

  it('may run schemas of its own, asynchronous ones, too', async () => {
    const Inner = z.string().refine((text) => (text === 'good' ? Promise.resolve(true) : gone()));
    await validate(Inner, 'good');
    const parsed: Promise<string>[] = [];
    const Outer = z.string().refine((text) => {
      parsed.push(Inner.parseAsync(text));
      return true;
    });
    expect(validate(Outer, 'good')).toEqual({ value: 'good' });
    expect(await Promise.all(parsed)).toEqual(['good']);
  });

  it('may be compiled or frozen by its author', async () => {
    const compiled = compile(z.object({ a: z.string().refine((text) => text === 'good' || gone()) }));
    expect(await validate(compiled as StandardSchema, { a: 'bad' })).toEqual(failed);
    const frozen = z.string().refine((text) => text === 'good' || gone());
    Object.freeze(frozen._zod);
    for (const check of frozen._zod.def.checks ?? []) Object.freeze(check._zod);
    for (const check of frozen._zod.def.checks ?? []) Object.freeze(check._zod.def);
    expect(await validate(frozen, 'bad')).toEqual(failed);
    expect(await validate(frozen, 'good')).toEqual({ value: 'good' });
  });

  it('may be made by zod’s core alone', async () => {
    const check = _refine($ZodCustom, (text: unknown) => text === 'good' || gone(), {});
    const schema = new $ZodString({ type: 'string', checks: [check] }) as unknown as StandardSchema;
    expect('safeParse' in schema).toBe(false);
    expect(await validate(schema, 'good')).toEqual({ value: 'good' });
    expect(await validate(schema, 'bad')).toEqual(failed);
  });

  it('may be lazy without an end, or fail to say what it is', async () => {
    const endless = (): z.ZodType => z.lazy(() => z.union([z.string(), z.array(endless())]));
    expect(watchCode(endless())).toBe('asynchronous');
    const broken = z.lazy((): z.ZodType => {
      throw bug;
    });
    expect(await validate(broken, 'x')).toEqual(failed);
  });
});

describe('a schema without code', () => {
  it.each([
    ['a default made by a function', z.object({ id: z.number().default(() => 7) })],
    [
      'recursion',
      z.object({
        get child() {
          return z.object({}).optional();
        },
      }),
    ],
    ['constraints and formats', z.object({ mail: z.email(), n: z.int().positive(), at: z.iso.datetime() })],
  ])('may run synchronously: %s', (_, schema) => {
    expect(watchCode(schema)).toBe('any');
  });

  it('calls no function that makes a default before it is needed', () => {
    const make = vi.fn(() => 7);
    const schema = z.object({ id: z.number().default(make) });
    make.mockClear();
    expect(validatorOf(schema).validate({ id: 1 })).toEqual({ value: { id: 1 } });
    expect(make).not.toHaveBeenCalled();
  });

  it.each([
    ['a promise', z.promise(z.string())],
    ['a kind that nobody knows', Object.assign(z.string(), {})],
  ])('is asynchronous: %s', (name, schema) => {
    if (name !== 'a promise') Object.assign(schema._zod.def, { type: 'not of this version' });
    expect(watchCode(schema)).toBe('asynchronous');
  });
});

describe('runWatched', () => {
  it('ends where a promise shows up, and only then', async () => {
    const schema = z.string().refine((text) => (text === 'good' ? true : gone()));
    expect(watchCode(schema)).toBe('any');
    expect(runWatched(schema.safeParse, 'good')).toMatchObject({ success: true });
    expect(() => runWatched(schema.safeParse, 'bad')).toThrow(PromiseReturned);
    await expect(schema.safeParseAsync('bad')).rejects.toBe(bug);
  });
});
