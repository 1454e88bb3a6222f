import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineService } from '../../src/contract/define-service.js';
import { describe as describeService } from '../../src/contract/descriptor.js';
import { MAX_DESCRIPTOR_BYTES, parseDescriptor, serializeDescriptor } from '../../src/contract/exchange.js';
import { judge } from '../../src/contract/judge.js';
import type { MethodSpec } from '../../src/contract/types.js';

function descriptorOf(methods: Readonly<Record<string, MethodSpec>>) {
  return describeService(defineService('s' as string, methods));
}

/** A contract of many methods, each with a shape of its own. */
function large(methods: number, keys: number, extra: Readonly<Record<string, MethodSpec>> = {}) {
  const object = (method: number) =>
    z.object(Object.fromEntries(Array.from({ length: keys }, (_, i) => [`key_${method}_${i}`, z.string()])));
  const own = Array.from({ length: methods }, (_, i) => [`method_${i}`, { input: object(i) }] as const);
  return descriptorOf({ ...Object.fromEntries(own), ...extra });
}

describe('a descriptor on the wire', () => {
  it('comes back whole', () => {
    const descriptor = descriptorOf({
      a: {
        input: z.object({ a: z.string().min(1), b: z.tuple([z.date()], z.bigint()).optional() }).strict(),
      },
      b: { output: z.enum(['x', 'y']), errors: { R: { code: 'ABORTED', data: z.map(z.string(), z.any()) } } },
    });
    const received = parseDescriptor(serializeDescriptor(descriptor));
    expect(received).toMatchObject({ service: 's', omitted: 0 });
    expect(received.methods.map(({ name, id, kind }) => [name, id, kind])).toEqual([
      ['a', 0, 'unary'],
      ['b', 1, 'unary'],
    ]);
    expect(received.methods[1]?.errors.R).toEqual(descriptor.methods[1]?.errors.R);
    expect(judge(descriptor, received).get('a')).toEqual({ ok: true, remoteId: 0 });
  });

  it('has hashes instead of shapes where those have no room', () => {
    const mine = large(100, 60);
    const json = serializeDescriptor(large(100, 60, { method_7: { input: z.bigint() }, zzz: {} }));
    expect(json.length).toBeLessThanOrEqual(MAX_DESCRIPTOR_BYTES);
    const verdicts = judge(mine, parseDescriptor(json));
    expect(verdicts.get('method_6')).toMatchObject({ ok: true });
    expect(verdicts.get('method_7')).toEqual({
      ok: false,
      differences: ['the contracts differ, and are too large to be exchanged in full'],
    });
  });

  it('has only a number of methods where not even hashes have room', () => {
    const mine = large(2000, 1);
    const json = serializeDescriptor(mine);
    expect(json).toBe('{"service":"s","omitted":2000}');
    expect(judge(mine, parseDescriptor(json)).get('method_1')).toEqual({
      ok: false,
      differences: ["the contracts differ, and the server's, of 2000 methods, is too large to be exchanged"],
    });
  });
});

describe('a damaged or hostile descriptor', () => {
  const method = { name: 'm', id: 0, kind: 'unary', input: 0, output: 0 };

  it.each<[string, unknown]>([
    ['no object', 7],
    ['an array', []],
    ['no service', { methods: [] }],
    ['methods that are no list', { service: 's', methods: {} }],
    [
      'a method without a name',
      { service: 's', methods: [{ ...method, name: 1 }], shapes: [{ kind: 'string' }] },
    ],
    [
      'an unknown kind of method',
      { service: 's', methods: [{ ...method, kind: 'x' }], shapes: [{ kind: 'string' }] },
    ],
    [
      'an index out of range',
      { service: 's', methods: [{ ...method, input: 1 }], shapes: [{ kind: 'string' }] },
    ],
    ['a negative index', { service: 's', methods: [{ ...method, id: -1 }], shapes: [{ kind: 'string' }] }],
    ['a reference out of range', { service: 's', shapes: [{ kind: 'array', refs: [1] }] }],
    ['an array of nothing', { service: 's', shapes: [{ kind: 'array' }] }],
    [
      'an object without shapes for its keys',
      { service: 's', shapes: [{ kind: 'object', names: ['a'], refs: [] }] },
    ],
    ['a count that is no number', { service: 's', omitted: 'x' }],
  ])('%s is refused', (_, value) => {
    expect(() => parseDescriptor(JSON.stringify(value))).toThrow(
      /INTERNAL: the other side's contract descriptor/,
    );
  });

  it('that is no JSON is refused', () => {
    expect(() => parseDescriptor('{')).toThrow(/it is not JSON/);
  });

  it('with kinds of a later version still lets the rest be compared', () => {
    const json = JSON.stringify({
      service: 's',
      methods: [method],
      shapes: [{ kind: 'quantum', refs: [99] }],
    });
    expect(judge(descriptorOf({ m: { input: z.string() } }), parseDescriptor(json)).get('m')).toEqual({
      ok: true,
      remoteId: 0,
    });
  });

  it('leaves Object.prototype alone', () => {
    const json = `{"service":"s","methods":[{"name":"__proto__","id":0,"kind":"unary","input":0,"output":0,
      "errors":{"__proto__":{"code":"x","data":0}}}],"shapes":[{"kind":"string","__proto__":{"polluted":1}}]}`;
    parseDescriptor(json);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});
