import { defineService, type MethodSpec, stream } from '@doorcall/core';
import { describe as describeService } from '@doorcall/core/contract';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type DiffOptions, diffContracts } from '../../src/diff/index.js';

type Methods = Readonly<Record<string, MethodSpec>>;

const value = z.string();

describe('callbacks', () => {
  const room = (callbacks?: Methods) =>
    describeService(defineService('room' as string, { m: {} }, callbacks && { callbacks }));
  const diffCallbacks = (old: Methods | undefined, next: Methods | undefined, options?: DiffOptions) =>
    diffContracts([room(old)], [room(next)], options);
  const item = (fields: z.core.$ZodShape) => ({ m: { input: z.object(fields), output: z.object(fields) } });

  test('are methods of a service of their own, which the server calls', () => {
    expect(diffCallbacks(item({ a: z.string() }), item({ a: z.date() }))).toEqual([
      {
        kind: 'wire-breaking',
        service: 'room.callbacks',
        method: 'm',
        side: 'input',
        path: 'a',
        message: 'string → Date',
        breaks: [
          { who: 'old-server', why: 'server sends string, client takes Date' },
          { who: 'old-client', why: 'server sends Date, client takes string' },
          { who: 'client-code', why: 'the new type has Date, old code expects string' },
        ],
      },
      {
        kind: 'wire-breaking',
        service: 'room.callbacks',
        method: 'm',
        side: 'output',
        path: 'a',
        message: 'string → Date',
        breaks: [
          { who: 'old-server', why: 'client answers Date, server expects string' },
          { who: 'old-client', why: 'client answers string, server expects Date' },
          { who: 'client-code', why: 'old code passes string, the new type wants Date' },
        ],
      },
    ]);
  });

  /** Whom a change breaks, by side. */
  const broken = (old: Methods, next: Methods, options?: DiffOptions) =>
    diffCallbacks(old, next, options).map(({ side, message, breaks }) => [
      side ?? message,
      ...breaks.map(({ who }) => who),
    ]);

  test('a key that is added or removed breaks whoever reads it, or has to give it', () => {
    const [less, more] = [item({}), item({ a: z.string() })];
    expect(broken(less, more)).toEqual([
      ['input', 'old-server'],
      ['output', 'old-client', 'client-code'],
    ]);
    expect(broken(more, less)).toEqual([
      ['input', 'old-client', 'client-code'],
      ['output', 'old-server', 'client-code'],
    ]);
    const maybe = item({ a: z.string().optional() });
    // Code that reads the key, or writes it out, no longer compiles.
    expect(broken(maybe, less)).toEqual([
      ['input', 'client-code'],
      ['output', 'client-code'],
    ]);
    expect(broken(more, less, { rollout: 'servers-first' })).toEqual([
      ['input', 'old-client', 'client-code'],
      ['output', 'client-code'],
    ]);
  });

  test('further keys that are refused break servers, which send them', () => {
    const [open, strict] = [z.object({}), z.strictObject({})];
    expect(broken({ m: { input: open } }, { m: { input: strict } })).toEqual([['input', 'old-server']]);
    expect(broken({ m: { input: z.looseObject({}) } }, { m: { input: open } })).toEqual([
      ['input', 'client-code'],
    ]);
  });

  test('that come and go', () => {
    const wide: Methods = { m: {}, n: {} };
    expect(diffCallbacks({ m: {} }, wide)).toEqual([
      {
        kind: 'source-breaking',
        service: 'room.callbacks',
        method: 'n',
        path: '',
        message: 'callback added',
        breaks: [{ who: 'client-code', why: 'it does not serve the callback' }],
      },
    ]);
    expect(diffCallbacks(wide, { m: {} })).toEqual([
      {
        kind: 'wire-breaking',
        service: 'room.callbacks',
        method: 'n',
        path: '',
        message: 'callback removed',
        breaks: [
          { who: 'old-server', why: 'the client has no such callback' },
          { who: 'client-code', why: 'code that serves the callback no longer compiles' },
        ],
      },
    ]);
    expect(diffCallbacks(undefined, { m: {} })).toMatchObject([{ message: 'callback added' }]);
    expect(diffCallbacks({ m: {} }, undefined)).toMatchObject([{ message: 'callback removed' }]);
  });

  test('of another kind', () => {
    expect(diffCallbacks({ m: { output: value } }, { m: { output: stream(value) } })).toMatchObject([
      {
        message: 'unary → server-streaming: the output is a stream now',
        breaks: [
          { who: 'old-server', why: 'the server has a unary callback, the client a server-streaming one' },
          { who: 'old-client', why: 'the server has a server-streaming callback, the client a unary one' },
          { who: 'client-code', why: 'it gives one answer, and not a stream' },
        ],
      },
    ]);
  });

  test('whose errors change', () => {
    const errors = (code: 'ABORTED' | 'INTERNAL') => ({ m: { errors: { R: { code } } } });
    expect(broken({ m: {} }, errors('ABORTED'))).toEqual([['error']]);
    expect(broken(errors('ABORTED'), { m: {} })).toEqual([['error', 'client-code']]);
    expect(diffCallbacks(errors('ABORTED'), errors('INTERNAL'))[0]?.breaks).toEqual([
      { who: 'old-server', why: 'it gets INTERNAL where its contract says ABORTED' },
      { who: 'old-client', why: 'its servers get ABORTED where their contract says INTERNAL' },
    ]);
  });

  test('which have no room in the handshake', () => {
    const many = (output: z.ZodType): Methods => {
      const wide = z.object(
        Object.fromEntries(Array.from({ length: 6_000 }, (_, i) => [`key${i}`, z.string()])),
      );
      return { m: { output }, n: { output: wide } };
    };
    expect(diffCallbacks(many(value), many(value.optional()), { rollout: 'clients-first' })[0]).toMatchObject(
      {
        service: 'room.callbacks',
        message: 'the contract takes more than 48 KiB in the handshake',
        breaks: [{ who: 'old-server', why: 'callbacks that have changed are refused' }],
      },
    );
  });

  test('of which nothing has changed but the order of keys', () => {
    const [a, b] = [z.string(), z.date()];
    expect(diffCallbacks(item({ a, b }), item({ b, a }))).toMatchObject([
      { kind: 'compatible', service: 'room.callbacks', message: expect.stringContaining('another order') },
    ]);
  });
});
