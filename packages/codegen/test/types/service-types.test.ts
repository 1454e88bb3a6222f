import { defineService, type StandardSchema } from '@doorcall/core';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { printDeclaration, type TypeOptions, typesOfService } from '../../src/types/index.js';

function textOf(service: Parameters<typeof typesOfService>[0], options?: TypeOptions): string {
  const { methods } = typesOfService(service, options);
  return methods.flatMap(({ declarations }) => declarations.map(printDeclaration)).join('');
}

test('a schema of another library is taken from the contract', () => {
  const foreign: StandardSchema<string, number> = {
    '~standard': { version: 1, vendor: 'other', validate: () => ({ value: 1 }) },
  };
  const service = defineService('s', { m: { input: foreign } });
  const text = textOf(service, { contract: 'it' });
  expect(text).toContain("export type MInput = TypesOf<typeof it.m>['input'];");
  expect(text).toContain("export type MParsedInput = TypesOf<typeof it.m>['parsedInput'];");
  expect(typesOfService(service).contractTypes).toEqual(['TypesOf']);
});

test('a callback of another library, too', () => {
  const foreign: StandardSchema<string, number> = {
    '~standard': { version: 1, vendor: 'other', validate: () => ({ value: 1 }) },
  };
  const service = defineService('s', { m: {} }, { callbacks: { m: { input: foreign } } });
  const { callbacks, contractTypes } = typesOfService(service, { contract: 'it' });
  const text = callbacks.flatMap(({ declarations }) => declarations.map(printDeclaration)).join('');
  expect(text).toContain("export type MCallbackInput = CallbackTypesOf<typeof it, 'm'>['input'];");
  expect(contractTypes).toEqual(['CallbackTypesOf']);
});

test('what is seen at run time refers to nothing', () => {
  const service = defineService('s', { m: { input: z.object({ a: z.string() }) } });
  expect(typesOfService(service).contractTypes).toEqual([]);
});

test('names of the file are left to it', () => {
  const service = defineService('s', { m: { input: z.string(), output: z.string() } });
  const text = textOf(service, { reserved: ['MInput'] });
  expect(text).toContain('type MInput2 = string');
  expect(text).toContain('type MOutput = string');
});

test('a schema that goes on for ever is an error, and no hang', () => {
  const next = (): z.ZodType => z.object({ next: z.lazy(next) });
  const service = defineService('s', { m: { input: next() } });
  expect(() => typesOfService(service)).toThrow(/more than .* schemas/);
});

test('a lazy schema that is nothing but itself is left to the contract', () => {
  const self: z.ZodType = z.lazy(() => self);
  const text = textOf(defineService('s', { m: { input: z.object({ self }) } }));
  expect(text).toContain("self: TypesOf<typeof contract.m>['input']['self']");
});

test('a schema within thousands of others is written', () => {
  let deep: z.ZodType = z.string();
  for (let i = 0; i < 200; i++) deep = z.object({ a: deep });
  expect(textOf(defineService('s', { m: { input: deep } }))).toContain('a: string');
});

test('the same contract gives the same text each time', () => {
  const make = () => {
    const Shared = z.object({ b: z.string(), a: z.number().default(1) });
    return defineService('s', {
      z: { input: z.array(Shared), output: Shared },
      a: { input: z.object({ one: Shared, two: Shared.nullable() }) },
    });
  };
  expect(textOf(make())).toBe(textOf(make()));
});
