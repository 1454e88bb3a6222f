import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { declaredError, invalidInput, invalidOutput } from '../../src/contract/call-errors.js';
import { defineBuiltinService, defineService } from '../../src/contract/define-service.js';
import { describe as describeContract } from '../../src/contract/descriptor.js';
import { RESERVED_METHOD_NAMES } from '../../src/contract/names.js';
import { serviceOf } from '../../src/contract/service-of.js';
import { stream } from '../../src/contract/stream.js';
import type { MethodSpec } from '../../src/contract/types.js';

/** What a JavaScript user can do, without the types in the way. */
const define = defineService as unknown as (
  name: unknown,
  methods: unknown,
) => ReturnType<typeof defineService>;

const orders = defineService('orders', {
  place: {
    input: z.object({ sku: z.string() }),
    output: z.object({ id: z.string() }),
    errors: { OUT_OF_STOCK: { code: 'FAILED_PRECONDITION', data: z.object({ sku: z.string() }) } },
  },
  audit: { input: z.string(), oneway: true },
  status: { output: z.string() },
});

describe('defineService', () => {
  it('gives each method an id, by name', () => {
    expect(serviceOf(orders).methods.map(({ name, id, kind }) => [name, id, kind])).toEqual([
      ['audit', 0, 'oneway'],
      ['place', 1, 'unary'],
      ['status', 2, 'unary'],
    ]);
    expect(orders.place).toBe(serviceOf(orders).methods[1]);
    expect(orders.place).toMatchObject({ service: 'orders', name: 'place', kind: 'unary' });
    expect('input' in orders.status).toBe(false);
  });

  it.each<[string, unknown, string]>([
    ['a field', z.object({ a: z.string(), items: stream(z.int()) as never }), '(shape.items)'],
    ['an array', z.array(stream(z.int()) as never), '(element)'],
    ['an option', z.union([z.string(), stream(z.int()) as never]), '(options.1)'],
    [
      'deeper, in items',
      stream(z.object({ of: z.object({ x: stream(z.int()) as never }).optional() })),
      '(shape.of.innerType.shape.x)',
    ],
  ])('says that a stream stands for a whole value, not for %s', (_, input, where) => {
    const message = `: stream() stands for a whole input or output, in the place of its schema`;
    expect(() => define('s', { m: { input } })).toThrow(`s.m: input has a stream within ${where}${message}`);
    expect(() => define('s', { m: { output: input } })).toThrow(`s.m: output has a stream within ${where}`);
  });

  it('knows no streams of streams, nor in errors, and looks at nothing that does not exist yet', () => {
    expect(() => stream(stream(z.int()) as never)).toThrow('a stream of streams cannot be');
    const errors = { R: { code: 'ABORTED', data: stream(z.int()) } };
    expect(() => define('s', { m: { errors } })).toThrow(
      's.m: data of error R is a stream where one value belongs',
    );
    const tree: z.ZodType = z.object({
      get kids() {
        return z.array(tree);
      },
      later: z.lazy(() => {
        throw new Error('too early');
      }),
    });
    expect(() => define('s', { m: { input: tree } })).not.toThrow();
    // One that is another at each look.
    const endless = (): z.ZodType => {
      const object = z.object({ a: z.string() });
      Object.defineProperty(object._zod.def, 'shape', { get: () => ({ more: endless(), most: endless() }) });
      return object;
    };
    expect(() => define('s', { m: { input: endless() } })).not.toThrow();
  });

  it('tells streaming methods by the sides that stream', () => {
    const item = z.string();
    const streaming = defineService('streaming', {
      both: { input: stream(item), output: stream(item) },
      from: { input: z.number(), output: stream(item) },
      to: { input: stream(item), output: z.number() },
    });
    expect(serviceOf(streaming).methods.map(({ name, kind }) => [name, kind])).toEqual([
      ['both', 'bidi-streaming'],
      ['from', 'server-streaming'],
      ['to', 'client-streaming'],
    ]);
    expect(streaming.both.input).toBe(item);
    expect(streaming.from.output).toBe(item);
  });

  it('takes a method that streams and one that does not for different contracts', () => {
    const fingerprint = (output: Parameters<typeof stream>[0] | ReturnType<typeof stream>) =>
      describeContract(defineService('s', { m: { output } })).fingerprint;
    expect(fingerprint(stream(z.string()))).not.toBe(fingerprint(z.string()));
  });

  it('refuses streams where there is one message', () => {
    expect(() => define('s', { m: { oneway: true, input: stream(z.string()) } })).toThrow(
      /one-way.*no stream/,
    );
    expect(() =>
      define('s', { m: { errors: { R: { code: 'ABORTED', data: stream(z.string()) } } } }),
    ).toThrow(/a stream where one value belongs/);
    expect(() => (stream as (item: unknown) => unknown)(String)).toThrow(/schema of its items/);
  });

  it('returns frozen objects without a prototype', () => {
    expect(Object.getPrototypeOf(orders)).toBeNull();
    for (const object of [orders, orders.place, serviceOf(orders), serviceOf(orders).methods]) {
      expect(Object.isFrozen(object)).toBe(true);
    }
    expect(Object.keys(orders)).toEqual(['audit', 'place', 'status']);
  });

  it.each(RESERVED_METHOD_NAMES)('refuses the reserved method name %s', (name) => {
    const methods = Object.defineProperty({}, name, { value: {}, enumerable: true });
    expect(() => define('orders', methods)).toThrow(`'${name}' cannot be a method name`);
  });

  it.each(['', '_x', '$x', '0', 'a-b', 'a b', '@@iterator', 'Symbol(x)', 'ü', 'x'.repeat(65)])(
    'refuses the method name %j',
    (name) => {
      expect(() => define('orders', { [name]: {} })).toThrow(
        /orders.*invalid method name.*beginning with a letter/,
      );
    },
  );

  it.each([
    '',
    '.',
    '..',
    'a..b',
    '-a',
    '_a',
    'Orders',
    'a/b',
    'a b',
    '../x',
    'a\0b',
    'x'.repeat(65),
    7,
    undefined,
  ])('refuses the service name %j', (name) => {
    expect(() => define(name, { a: {} })).toThrow(/invalid service name.*folder name/);
  });

  it.each(['a', '0', 'orders', 'a.b-c_d', 'x'.repeat(64)])('takes the service name %j', (name) => {
    expect(serviceOf(define(name, { a: {} })).name).toBe(name);
  });

  it('keeps names of its own', () => {
    expect(() => define('doorcall.health', { a: {} })).toThrow(/doorcall's own/);
    expect(serviceOf(defineBuiltinService('doorcall.health', { check: {} })).name).toBe('doorcall.health');
  });

  it.each<[string, unknown, RegExp]>([
    ['no methods', {}, /has 0 methods/],
    ['methods that are no object', null, /the methods are an object/],
    ['a method that is no object', { a: null }, /orders\.a: a method is an object/],
    ['a misspelt property', { a: { ouput: z.string() } }, /orders\.a: unknown property 'ouput'/],
    ['an input that is no schema', { a: { input: String } }, /orders\.a: input is not a schema/],
    [
      'an output that is no schema',
      { a: { output: { type: 'string' } } },
      /orders\.a: output is not a schema/,
    ],
    [
      'an output of a one-way method',
      { a: { oneway: true, output: z.string() } },
      /one-way.*neither output nor errors/,
    ],
    ['errors of a one-way method', { a: { oneway: true, errors: {} } }, /one-way.*neither output nor errors/],
    ['an error without a code', { a: { errors: { R: {} } } }, /error R has no status code/],
    ['an unknown code', { a: { errors: { R: { code: 'OK' } } } }, /error R has no status code/],
    ['a bad reason', { a: { errors: { 'a b': { code: 'ABORTED' } } } }, /invalid error reason "a b"/],
    [
      'error data that is no schema',
      { a: { errors: { R: { code: 'ABORTED', data: 1 } } } },
      /data of error R is not/,
    ],
  ])('refuses %s', (_, methods, message) => {
    expect(() => define('orders', methods)).toThrow(message);
    expect(() => define('orders', methods)).toThrow(TypeError);
  });

  it('takes schemas of other libraries, also those that are functions', () => {
    const foreign = Object.assign(() => {}, {
      '~standard': { version: 1, vendor: 'other', validate: (value: unknown) => ({ value }) },
    }) as unknown as MethodSpec['input'] & object;
    expect(defineService('orders', { a: { input: foreign } }).a.input).toBe(foreign);
  });

  it('says what is no service definition', () => {
    for (const value of [undefined, null, {}, { place: {} }]) {
      expect(() => serviceOf(value as never)).toThrow('not a service definition');
    }
  });
});

describe('errors of a method', () => {
  const issues = [{ path: ['items', 0, 'qty'], message: 'Too small' }];

  it('names the input', () => {
    expect(invalidInput(orders.place, issues)).toMatchObject({
      message: 'INVALID_ARGUMENT: orders/place does not take this input: input.items[0].qty: Too small',
      issues,
      origin: 'server',
      maybeExecuted: false,
      method: 'orders/place',
    });
  });

  it('names the output', () => {
    expect(invalidOutput(orders.place, issues)).toMatchObject({
      message:
        'INTERNAL: the handler of orders/place returned an invalid output: output.items[0].qty: Too small',
      issues,
      maybeExecuted: true,
    });
  });

  it('makes declared errors', () => {
    expect(declaredError(orders.place, 'OUT_OF_STOCK', { sku: 'a' })).toMatchObject({
      message: 'FAILED_PRECONDITION: OUT_OF_STOCK',
      code: 'FAILED_PRECONDITION',
      reason: 'OUT_OF_STOCK',
      data: { sku: 'a' },
      method: 'orders/place',
      origin: 'server',
    });
    expect(declaredError(orders.place, 'OUT_OF_STOCK', undefined, 'sold out').message).toBe(
      'FAILED_PRECONDITION: sold out',
    );
    expect(() => declaredError(orders.place, 'NOPE', {})).toThrow(
      "orders/place declares no error 'NOPE'; it has OUT_OF_STOCK",
    );
    expect(() => declaredError(orders.status, 'constructor', {})).toThrow('declares none');
  });
});
