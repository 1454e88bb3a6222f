import { afterEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import type { StandardResult, StandardSchema } from '../../src/contract/standard-schema.js';
import { validate, validateSync, validatorOf } from '../../src/contract/validate.js';
import { loadCompiler } from '../../src/contract/zod-compiler.js';

function foreign(
  judge: (value: unknown) => StandardResult<unknown> | Promise<StandardResult<unknown>>,
): StandardSchema {
  return { '~standard': { version: 1, vendor: 'other', validate: judge } };
}

/** Enough values that the schema is compiled. */
async function heat(schema: StandardSchema, value: unknown): Promise<void> {
  await loadCompiler();
  for (let i = 0; i < 100; i++) void validate(schema, value);
  await loadCompiler();
}

describe.each([
  ['cold', false],
  ['hot', true],
])('a %s zod schema', (_, hot) => {
  const Order = z.object({
    id: z.string().min(1),
    items: z.array(z.object({ sku: z.string(), qty: z.number().int().positive().default(1) })),
  });
  const good = { id: 'a', items: [{ sku: 's' }], unknown: true };

  it('returns the parsed value', async () => {
    if (hot) await heat(Order, good);
    expect(validate(Order, good)).toEqual({ value: { id: 'a', items: [{ sku: 's', qty: 1 }] } });
    expect(validateSync(Order, good)).toEqual({ value: { id: 'a', items: [{ sku: 's', qty: 1 }] } });
  });

  it('returns the issues with paths', async () => {
    if (hot) await heat(Order, good);
    const result = validateSync(Order, { id: '', items: [{ sku: 's', qty: 0 }] });
    expect(result.issues?.map(({ path }) => path)).toEqual([['id'], ['items', 0, 'qty']]);
    expect(result.issues?.[0]?.message).toMatch(/small/i);
  });

  it('runs code of the contract once for what it accepts and at most twice for what it refuses', async () => {
    const transform = vi.fn((text: string) => text.length);
    const Counted = z.object({ text: z.string().transform(transform), n: z.number() });
    if (hot) await heat(Counted, { text: 'abc', n: 1 });
    transform.mockClear();
    expect(validate(Counted, { text: 'abc', n: 1 })).toEqual({ value: { text: 3, n: 1 } });
    expect(transform).toHaveBeenCalledTimes(1);
    transform.mockClear();
    expect(validateSync(Counted, { text: 'abc', n: 'x' }).issues).toHaveLength(1);
    expect(transform.mock.calls.length).toBeLessThanOrEqual(2);
  });

  it('waits for what is asynchronous, and does not try it synchronously again', async () => {
    const known = vi.fn(async (sku: string) => sku === 'known');
    const Sku = z.string().refine(known, 'unknown sku');
    if (hot) await heat(Sku, 'known');
    known.mockClear();
    await expect(validate(Sku, 'known')).resolves.toEqual({ value: 'known' });
    await expect(validate(Sku, 'other')).resolves.toEqual({ issues: [{ path: [], message: 'unknown sku' }] });
    known.mockClear();
    await validate(Sku, 'known');
    expect(known).toHaveBeenCalledTimes(1);
    expect(() => validateSync(Sku, 'known')).toThrow(
      /FAILED_PRECONDITION: the schema validates asynchronously/,
    );
  });

  it('tells a failure of the contract’s own code from a refusal, at once and later', async () => {
    const bug = new TypeError('bug in the contract');
    const Broken = z.string().refine(() => {
      throw bug;
    });
    const failed = { issues: [expect.anything()], failure: { thrown: bug } };
    expect(validate(Broken, 'x')).toEqual(failed);
    expect(validateSync(Broken, 'x')).toEqual(failed);
    const Later = z.string().refine(async (text) => {
      if (text === 'x') throw bug;
      return true;
    });
    await validate(Later, 'fine');
    await expect(validate(Later, 'x')).resolves.toEqual(failed);
    await expect(
      validate(
        foreign(() => Promise.reject(bug)),
        'x',
      ),
    ).resolves.toEqual(failed);
    expect(
      validate(
        foreign(() => undefined as never),
        'x',
      ),
    ).toMatchObject({ failure: {} });
  });

  it('refuses what is nested too deeply', async () => {
    interface Tree {
      child?: Tree | undefined;
    }
    const Tree: z.ZodType<Tree> = z.lazy(() => z.object({ child: Tree.optional() }));
    if (hot) await heat(Tree, { child: {} });
    let deep: Tree = {};
    for (let i = 0; i < 200_000; i++) deep = { child: deep };
    expect(validateSync(Tree, deep)).toEqual({
      issues: [{ path: [], message: expect.stringMatching(/too deeply/) }],
    });
  });
});

describe('a schema of another library', () => {
  it('is judged by the common interface', async () => {
    const Text = foreign((value) =>
      typeof value === 'string'
        ? { value: value.trim() }
        : { issues: [{ message: 'no text', path: ['a', { key: 0 }, Symbol('s')] }] },
    );
    expect(validate(Text, ' x ')).toEqual({ value: 'x' });
    expect(validateSync(Text, 1)).toEqual({ issues: [{ message: 'no text', path: ['a', 0, 'Symbol(s)'] }] });
  });

  it('may be asynchronous, but not in a synchronous call', async () => {
    const Later = foreign(async (value) => ({ value }));
    await expect(validate(Later, 1)).resolves.toEqual({ value: 1 });
    expect(() => validateSync(Later, 1)).toThrow(/FAILED_PRECONDITION/);
    const Rejecting = foreign(async () => {
      throw new Error('gone');
    });
    // A rejection that nobody handles would end the process.
    expect(() => validateSync(Rejecting, 1)).toThrow(/FAILED_PRECONDITION/);
  });

  it('cannot make the answer enormous', () => {
    const Many = foreign(() => ({ issues: Array.from({ length: 100_000 }, () => ({ message: 'no' })) }));
    expect(validateSync(Many, 1).issues).toHaveLength(100);
    expect(validateSync(z.array(z.string()), Array(1000).fill(1)).issues).toHaveLength(100);
  });
});

describe('validatorOf', () => {
  it('is made once per schema', () => {
    const schema = z.string();
    expect(validatorOf(schema)).toBe(validatorOf(schema));
  });
});

describe('with and without zod’s compiler', () => {
  afterEach(() => {
    vi.doUnmock('zod/v4/core');
    vi.resetModules();
    (globalThis as { __zod_globalConfig?: { jitless?: boolean } }).__zod_globalConfig!.jitless = false;
  });

  async function judge100(): Promise<unknown> {
    vi.resetModules();
    const fresh = await import('../../src/contract/validate.js');
    const compiler = await import('../../src/contract/zod-compiler.js');
    const schema = z.object({ a: z.number() });
    for (let i = 0; i < 100; i++) fresh.validate(schema, { a: i });
    await compiler.loadCompiler();
    return fresh.validate(schema, { a: 'x' });
  }

  it('schemas work where zod cannot be imported', async () => {
    vi.doMock('zod/v4/core', () => {
      throw new Error('Cannot find package zod');
    });
    expect(await judge100()).toMatchObject({ issues: [{ path: ['a'] }] });
  });

  it('an older zod that has none is enough', async () => {
    vi.doMock('zod/v4/core', () => ({ compile: undefined }));
    expect(await judge100()).toMatchObject({ issues: [{ path: ['a'] }] });
  });

  it('the compiled schema is what judges', async () => {
    const safeParse = () => ({ success: true, data: 'compiled' });
    vi.doMock('zod/v4/core', () => ({ compile: () => ({ safeParse, safeParseAsync: safeParse }) }));
    expect(await judge100()).toEqual({ value: 'compiled' });
  });

  it('no code is generated where that is forbidden', async () => {
    const compile = vi.fn((schema: unknown) => schema);
    vi.doMock('zod/v4/core', () => ({ compile }));
    (globalThis as { __zod_globalConfig?: { jitless?: boolean } }).__zod_globalConfig!.jitless = true;
    await judge100();
    expect(compile).not.toHaveBeenCalled();
    (globalThis as { __zod_globalConfig?: { jitless?: boolean } }).__zod_globalConfig!.jitless = false;
    await judge100();
    expect(compile).toHaveBeenCalledTimes(1);
  });
});
