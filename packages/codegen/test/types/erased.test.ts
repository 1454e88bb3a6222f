import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import * as mini from 'zod/mini';
import { globalConfig } from 'zod/v4/core';
import { isBranded, isListEnum, watchErasedTypes } from '../../src/types/erased.js';

const { fromEntries } = Object;
let stop = (): void => {};
afterEach(() => stop());

describe('what zod forgets', () => {
  test('is a brand, which it and all that is made from it by checks and metadata have', () => {
    stop = watchErasedTypes();
    const plain = z.string();
    const branded = z.string();
    branded.brand<'Id'>();
    expect(isBranded(plain)).toBe(false);
    expect(isBranded(branded)).toBe(true);
    expect(isBranded(branded.min(3).describe('an id'))).toBe(true);
    expect(isBranded(branded.optional())).toBe(false);
  });

  test('also of mini, detached, and after the watch was stopped', () => {
    watchErasedTypes()();
    const schema = mini.number();
    const { brand } = schema;
    brand();
    expect(isBranded(schema)).toBe(true);
  });

  test('is that an enum was made from a list', () => {
    stop = watchErasedTypes();
    expect(isListEnum(z.enum(['a', 'b']).def.entries)).toBe(true);
    expect(isListEnum(mini.enum(['a', 'b']).def.entries)).toBe(true);
    expect(isListEnum(z.enum({ a: 'a', b: 'b' }).def.entries)).toBe(false);
  });
});

describe('watching', () => {
  test('ends with the last that watches, and leaves nothing behind', () => {
    const first = watchErasedTypes();
    const second = watchErasedTypes();
    first();
    first();
    expect(isListEnum(z.enum(['a']).def.entries)).toBe(true);
    second();
    expect(Object.fromEntries).toBe(fromEntries);
    expect(isListEnum(z.enum(['a']).def.entries)).toBe(false);
  });

  test('leaves others their place as post-processor', () => {
    stop = watchErasedTypes();
    const seen: unknown[] = [];
    globalConfig.postProcessor = (schema) => seen.push(schema);
    try {
      const schema = z.string();
      schema.brand<'Id'>();
      expect(seen).toContain(schema);
      expect(isBranded(schema)).toBe(true);
    } finally {
      globalConfig.postProcessor = undefined;
    }
  });
});
