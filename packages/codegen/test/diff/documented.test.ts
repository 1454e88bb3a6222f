// Every row of the tables in docs/compatibility.md is a test: its schemas are run, and compared.
import { type AnyService, defineService, type MethodSpec, stream } from '@doorcall/core';
import { describe as describeService } from '@doorcall/core/contract';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type Affected, type Change, diffContracts } from '../../src/diff/index.js';
import { rowsOf } from './documented-rows.js';

/** The value of an expression of the document. */
function run(expression: string): unknown {
  return new Function('z', 'stream', `return (${expression});`)(z, stream);
}

type Methods = Readonly<Record<string, MethodSpec>>;

function service(methods: Methods): AnyService {
  return defineService('s' as string, methods);
}

function withCallbacks(callbacks: Methods): AnyService {
  return defineService('s' as string, { m: {} }, { callbacks });
}

function changes(before: AnyService, after: AnyService): readonly Change[] {
  return diffContracts([describeService(before)], [describeService(after)]);
}

function judged(found: readonly Change[]): { readonly kind: string; readonly breaks: readonly Affected[] } {
  const order = ['wire-breaking', 'source-breaking', 'compatible'];
  const [worst] = found.map(({ kind }) => kind).sort((a, b) => order.indexOf(a) - order.indexOf(b));
  const all = new Set(found.flatMap(({ breaks }) => breaks.map(({ who }) => who)));
  const known: readonly Affected[] = ['old-client', 'old-server', 'client-code'];
  return { kind: worst ?? 'no change', breaks: known.filter((who) => all.has(who)) };
}

describe.each([
  ['Input', 29, (text: string) => service({ m: { input: run(text) as z.ZodType } })],
  ['Output', 19, (text: string) => service({ m: { output: run(text) as z.ZodType } })],
  ['Methods, errors and services', 17, (text: string) => service(run(text) as Methods)],
  ['Callbacks', 10, (text: string) => withCallbacks(run(text) as Methods)],
] as const)('%s', (heading, count, contract) => {
  const rows = rowsOf(heading);

  test('all rows of the table are tested', () => {
    expect(rows).toHaveLength(count);
  });

  test.each(rows)('$name: $before → $after', ({ before, after, kind, breaks }) => {
    const found = changes(contract(before), contract(after));
    expect(judged(found)).toEqual({ kind, breaks });
  });
});

test('a service that is removed, and one that is added', () => {
  const [one, other] = [
    { ...describeService(service({ m: {} })) },
    { ...describeService(service({ m: {} })) },
  ];
  const renamed = { ...other, service: 't' };
  expect(diffContracts([one], [one, renamed]).map(({ service, kind }) => [service, kind])).toEqual([
    ['t', 'compatible'],
  ]);
  expect(judged(diffContracts([one, renamed], [one]))).toEqual({
    kind: 'wire-breaking',
    breaks: ['old-client', 'client-code'],
  });
});
