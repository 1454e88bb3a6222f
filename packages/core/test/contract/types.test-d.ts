// biome-ignore-all lint/suspicious/noThenProperty: that it is refused is the point
/** What the compiler must accept and refuse. Nothing here runs; `check` compiles it. */
import { z } from 'zod';
import * as mini from 'zod/mini';
import type { ClientControls } from '../../src/client/stub.js';
import type { Door } from '../../src/contract/attachments.js';
import { defineService } from '../../src/contract/define-service.js';
import type { MethodKind } from '../../src/contract/method-kind.js';
import type { StandardSchema } from '../../src/contract/standard-schema.js';
import { stream } from '../../src/contract/stream.js';
import type {
  AnyService,
  Client,
  ClientMethod,
  DeclaresName,
  GeneratedService,
  HandlerContext,
  Handlers,
  InputOf,
  MethodDefinition,
  OutputOf,
  TypesOf,
} from '../../src/contract/types.js';
import { type ErrorDataOf, isRpcError, type ReasonOf, type RpcError } from '../../src/errors/rpc-error.js';
import { serve } from '../../src/serve.js';
import { createDoor } from '../../src/server/door.js';
import { door } from '../../src/zod.js';

/** Fails to compile unless both types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_: Same<A, B>): void {}

const Order = z.object({ sku: z.string(), qty: z.number().default(1), at: z.coerce.date() });
const Trimmed = z.string().transform((text) => text.length);

const orders = defineService('orders', {
  place: {
    input: Order,
    output: z.object({ id: z.string(), size: Trimmed }),
    errors: {
      OUT_OF_STOCK: { code: 'FAILED_PRECONDITION', data: z.object({ sku: z.string(), left: Trimmed }) },
      CLOSED: { code: 'UNAVAILABLE' },
    },
  },
  audit: { input: z.object({ what: z.string() }), oneway: true },
  status: { output: z.enum(['open', 'closed']) },
  reset: {},
  find: { input: z.string().optional(), output: z.string().nullable() },
  small: { input: mini.object({ a: mini.number() }), output: mini.string() },
  foreign: { input: null as unknown as StandardSchema<{ raw: string }, { cooked: number }> },
});
declare const client: Client<typeof orders>;

// Clients pass the schema's input and receive its output.
same<InputOf<typeof orders.place>, { sku: string; qty?: number | undefined; at: unknown }>(true);
same<OutputOf<typeof orders.place>, { id: string; size: number }>(true);
same<ReturnType<typeof client.place>, Promise<{ id: string; size: number }>>(true);
same<ReturnType<typeof client.place.sync>, { id: string; size: number }>(true);
same<ReturnType<typeof client.status>, Promise<'open' | 'closed'>>(true);
same<ReturnType<typeof client.reset>, Promise<void>>(true);
same<ReturnType<typeof client.audit>, Promise<void>>(true);
same<Parameters<typeof client.small>[0], { a: number }>(true);
same<Parameters<typeof client.foreign>[0], { raw: string }>(true);

export async function calls(): Promise<void> {
  await client.place(
    { sku: 'a', at: 0 },
    { timeoutMs: 5, metadata: { a: 'b' }, signal: AbortSignal.timeout(1) },
  );
  client.place.sync({ sku: 'a', at: 0 });
  await client.status();
  await client.status(undefined, { timeoutMs: 5 });
  await client.reset();
  await client.find();
  await client.find('x');
  await client.find(undefined, { deadline: new Date() });
  await client.audit({ what: 'x' });
}

export async function refusedCalls(): Promise<void> {
  // @ts-expect-error the input is required
  await client.place();
  // @ts-expect-error qty is a number
  await client.place({ sku: 'a', at: 0, qty: '1' });
  // @ts-expect-error options are the second argument, also for a method without input
  await client.status({ timeoutMs: 5 });
  // @ts-expect-error unknown option
  await client.status(undefined, { timeout: 5 });
  // @ts-expect-error a one-way method has no answer that a thread could wait for
  client.audit.sync({ what: 'x' });
  // @ts-expect-error no such method
  await client.cancel();
  // @ts-expect-error methods cannot be replaced
  client.status = null as never;
}

// Handlers see the schema's output and return its input.
same<TypesOf<typeof orders.place>['parsedInput'], { sku: string; qty: number; at: Date }>(true);
same<TypesOf<typeof orders.place>['result'], { id: string; size: string }>(true);
same<TypesOf<typeof orders.foreign>['parsedInput'], { cooked: number }>(true);

export const handlers: Handlers<typeof orders> = {
  async place(order, ctx) {
    same<typeof order, { sku: string; qty: number; at: Date }>(true);
    if (order.qty > 5) throw ctx.error('OUT_OF_STOCK', { sku: order.sku, left: '3' });
    if (order.qty > 4) throw ctx.error('CLOSED');
    if (order.qty > 3) throw ctx.error('CLOSED', undefined, 'on Sundays');
    return { id: order.sku, size: 'abc' };
  },
  audit: (event) => void event.what,
  status: () => 'open',
  reset() {},
  find: async (key) => key ?? null,
  small: ({ a }) => String(a),
  foreign: ({ cooked }) => void cooked,
};

export function refusedHandlers(
  ctx: HandlerContext<TypesOf<typeof orders.place>>,
): Handlers<typeof orders>[] {
  // @ts-expect-error not a declared reason
  ctx.error('NOPE');
  // @ts-expect-error this reason has data
  ctx.error('OUT_OF_STOCK');
  // @ts-expect-error the data is the schema's input: left is a string
  ctx.error('OUT_OF_STOCK', { sku: 'a', left: 3 });
  // @ts-expect-error no method of that name
  void serve(orders, { ...handlers, plcae: () => {} });
  // @ts-expect-error a handler is missing
  const incomplete: Handlers<typeof orders> = { ...handlers, status: undefined };
  const wrong: Handlers<typeof orders> = {
    ...handlers,
    // @ts-expect-error not one of the enum's values
    status: () => 'ajar',
  };
  return [incomplete, wrong];
}

// Declared errors narrow.
same<ReasonOf<typeof orders.place>, 'OUT_OF_STOCK' | 'CLOSED'>(true);
same<ReasonOf<typeof orders.status>, never>(true);
same<ErrorDataOf<typeof orders.place, 'OUT_OF_STOCK'>, { sku: string; left: number }>(true);

export function narrowed(error: unknown): void {
  if (isRpcError(error, orders.place, 'OUT_OF_STOCK')) {
    same<typeof error.data, { sku: string; left: number }>(true);
    const reason: 'OUT_OF_STOCK' | undefined = error.reason;
    void reason;
  }
  if (isRpcError(error)) same<typeof error, RpcError>(true);
  // @ts-expect-error place declares no such reason
  isRpcError(error, orders.place, 'NOPE');
  // @ts-expect-error status declares no reasons at all
  isRpcError(error, orders.status, 'OUT_OF_STOCK');
}

export function refusedDefinitions(): void {
  defineService('orders', {
    // @ts-expect-error reserved
    then: {},
  });
  // @ts-expect-error reserved
  defineService('orders', { close: { output: z.string() } });
  // @ts-expect-error reserved
  defineService('orders', { ['__proto__']: {} });
  // @ts-expect-error begins with an underscore
  defineService('orders', { _private: {} });
  // @ts-expect-error begins with a digit
  defineService('orders', { '1st': {} });
  // @ts-expect-error a symbol's string form
  defineService('orders', { 'Symbol(Symbol.iterator)': {} });
  // @ts-expect-error upper case
  defineService('Orders', { place: {} });
  // @ts-expect-error a path
  defineService('../orders', { place: {} });
  // @ts-expect-error two dots
  defineService('a..b', { place: {} });
  // @ts-expect-error empty
  defineService('', { place: {} });
  // @ts-expect-error doorcall's own
  defineService('doorcall.health', { place: {} });
  // @ts-expect-error misspelt
  defineService('orders', { place: { ouput: z.string() } });
  // @ts-expect-error no schema
  defineService('orders', { place: { input: String } });
  // @ts-expect-error a one-way method has no output
  defineService('orders', { place: { oneway: true, output: z.string() } });
  // @ts-expect-error not one of the 16 codes
  defineService('orders', { place: { errors: { R: { code: 'OK' } } } });
  defineService('orders-2.eu_west', { place: {} });
}

// A method that is known only by its general type still has a client method.
export function general(method: ClientMethod<typeof orders.status>): Promise<'open' | 'closed'> {
  return method();
}

// Streams: items on one side or both.
const streaming = defineService('streaming', {
  watch: { input: z.object({ customer: z.string() }), output: stream(z.coerce.number()) },
  tick: { output: stream(z.string()) },
  upload: { input: stream(z.coerce.number()), output: z.string() },
  chat: { input: stream(z.string()), output: stream(z.number()) },
});

same<(typeof streaming.watch)['kind'], MethodKind>(true);
same<TypesOf<typeof streaming.watch>['kind'], 'server-streaming'>(true);
same<TypesOf<typeof streaming.upload>['kind'], 'client-streaming'>(true);
same<TypesOf<typeof streaming.chat>['kind'], 'bidi-streaming'>(true);

export async function streamed(client: Client<typeof streaming>): Promise<void> {
  for await (const item of client.watch({ customer: 'ann' })) same<typeof item, number>(true);
  for await (const item of client.tick(undefined, { timeoutMs: 5 })) same<typeof item, string>(true);
  same<Awaited<ReturnType<typeof client.upload>>, string>(true);
  await client.upload([1, '2']);
  await client.upload(
    (async function* () {
      yield 1;
    })(),
  );
  for await (const item of client.chat(['a'])) same<typeof item, number>(true);
  // @ts-expect-error the stream of another type
  for await (const item of client.chat([1])) void item;
  // @ts-expect-error a stream has to be given
  await client.upload();
  // @ts-expect-error a thread that is blocked reads no stream
  client.watch.sync({ customer: 'ann' });
}

export const streamHandlers: Handlers<typeof streaming> = {
  async *watch({ customer }) {
    yield customer.length;
    yield '2';
  },
  tick: () => ['a', 'b'],
  async upload(items) {
    let sum = 0;
    for await (const item of items) {
      same<typeof item, number>(true);
      sum += item;
    }
    return String(sum);
  },
  async *chat(items, ctx) {
    for await (const item of items) if (!ctx.signal.aborted) yield item.length;
  },
};

export function refusedStreams(): void {
  // @ts-expect-error a one-way method sends one message
  defineService('orders', { place: { oneway: true, input: stream(z.string()) } });
  // @ts-expect-error no schema
  stream(String);
  // @ts-expect-error a stream is not data of an error
  defineService('orders', { place: { errors: { R: { code: 'ABORTED', data: stream(z.string()) } } } });
}

const reader = defineService('reader', { read: { input: z.string(), output: z.string() } });
const admin = defineService('admin', {
  erase: { input: z.string() },
  read: { input: z.string(), output: z.string() },
});
const library = defineService('library', {
  open: { output: door(reader) },
  lend: { input: z.object({ lent: door(reader).optional() }) },
});
/** As generated code states them. */
interface Generated<Name> extends GeneratedService<ClientControls, Handlers<typeof reader>, never, Name> {
  readonly read: MethodDefinition<Omit<TypesOf<typeof reader.read>, 'client'>>;
}
declare const generatedReader: Generated<'reader'>;
declare const generatedAdmin: Generated<'admin'>;
declare const unnamed: AnyService;

export function doors(client: Client<typeof library>): void {
  const handlers = { read: (name: string) => name, erase: () => {} };
  const { read } = handlers;
  same<typeof library extends DeclaresName<infer Name> ? Name : never, 'library'>(true);
  const any: Door = createDoor(reader, { read });
  void client.lend({ lent: createDoor(reader, { read }) });
  void client.lend({ lent: createDoor(generatedReader, { read }) });
  void client.lend({ lent: createDoor(unnamed, handlers as never) });
  void client.lend({ lent: any });
  // @ts-expect-error a door to another service
  void client.lend({ lent: createDoor(admin, handlers) });
  // @ts-expect-error the same with generated code
  void client.lend({ lent: createDoor(generatedAdmin, { read }) });
}

export const libraryHandlers: Handlers<typeof library> = {
  // @ts-expect-error a door to another service
  open: () => createDoor(admin, { read: (name) => name, erase: () => {} }),
  lend: async ({ lent }) => void (await lent?.read('x')),
};
export const generatedDoors: Handlers<typeof library>['open'] = () =>
  createDoor(generatedReader, { read: (name) => name });
