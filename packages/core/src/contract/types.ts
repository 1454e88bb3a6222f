import type { DeclaresErrors, ReasonOf, RpcError } from '../errors/rpc-error.js';
import type { StatusCode } from '../errors/status.js';
import type { AllocateOptions, Memory } from './memory.js';
import type { InputStreaming, MethodKind, OutputStreaming } from './method-kind.js';
import type { SchemaInput, SchemaOutput, StandardSchema } from './standard-schema.js';
import type { StreamOf, StreamReader, StreamSource } from './stream.js';

/** Key of what the framework itself reads from a service definition. */
export const serviceSymbol: unique symbol = Symbol.for('doorcall.service') as never;

/** Only for types. */
declare const methodTypes: unique symbol;

/** Only for types. */
declare const statedTypes: unique symbol;

/** Only for types. */
declare const callbackTypes: unique symbol;

/** Only for types. */
declare const nameType: unique symbol;

/** Small key-value pairs that travel beside a call or an error. Keys are lower case. */
export type Metadata = Readonly<Record<string, string>>;

/** A declared error, as a contract states it. */
export interface ErrorSpec {
  readonly code: StatusCode;
  readonly data?: StandardSchema;
}

/**
 * A method that is answered. Without `input` it takes nothing, without `output` it returns nothing; either may be a
 * `stream(schema)`.
 */
export interface AnsweredSpec {
  readonly input?: StandardSchema | StreamOf;
  readonly output?: StandardSchema | StreamOf;
  readonly errors?: Readonly<Record<string, ErrorSpec>>;
  readonly oneway?: false;
}

/** A method that is sent and not answered. */
export interface OnewaySpec {
  readonly input?: StandardSchema;
  readonly oneway: true;
  readonly output?: never;
  readonly errors?: never;
}

/** A method, as a contract states it. */
export type MethodSpec = AnsweredSpec | OnewaySpec;

/**
 * The value types of one method. Generated code states them; `defineService` infers them from schemas. Of a stream
 * they are the types of one item.
 */
export interface MethodTypes {
  readonly kind: MethodKind;
  /** What a client passes. */
  readonly input: unknown;
  /** What a handler sees: the parsed input. */
  readonly parsedInput: unknown;
  /** What a handler returns. */
  readonly result: unknown;
  /** What a client receives: the parsed result. */
  readonly output: unknown;
  /** By reason: the data that a handler gives. */
  readonly errorInputs: Readonly<Record<string, unknown>>;
  /** By reason: the parsed data that a client sees. */
  readonly errorOutputs: Readonly<Record<string, unknown>>;
  /** What a handler has as `ctx.client`: the methods that the service's clients serve. */
  readonly client?: unknown;
}

/** One method of a service, as client, server and codec use it. */
export interface MethodDefinition<Types extends MethodTypes = MethodTypes>
  extends DeclaresErrors<Types['errorOutputs']> {
  readonly kind: MethodKind;
  readonly service: string;
  readonly name: string;
  /** Index among the service's methods sorted by name (UTF-16 order). */
  readonly id: number;
  /** Of a stream, the schema of one item; `kind` says which side streams. */
  readonly input?: StandardSchema;
  readonly output?: StandardSchema;
  readonly errors?: Readonly<Record<string, ErrorSpec>>;
  readonly [methodTypes]?: Types;
}

/** What the framework reads from a service definition. */
export interface ServiceInternals {
  readonly name: string;
  /** In the order of their ids. */
  readonly methods: readonly MethodDefinition[];
  /** What clients of the service serve, as a service of its own. */
  readonly callbacks?: AnyService;
}

/** Any service definition. */
export interface AnyService {
  readonly [serviceSymbol]: ServiceInternals;
}

/** Says by type what a service is called. */
export interface DeclaresName<Name> {
  readonly [nameType]?: Name;
}

/** What stands for the name of a service whose type does not say it: any other. */
// biome-ignore lint/suspicious/noExplicitAny: nothing else is assignable in both directions
export type AnyName = any;

/** The name of a service, as far as its type says it. */
export type NameOf<Service extends AnyService> =
  Service extends DeclaresName<infer Name extends string> ? Name : AnyName;

/**
 * A service of which the types of client, handlers and handlers of callbacks are stated, by generated code, and not
 * inferred. Those of callbacks are never when it has none.
 */
export interface GeneratedService<StatedClient, StatedHandlers, StatedCallbacks = never, Name = AnyName>
  extends AnyService,
    DeclaresCallbacks<StatedCallbacks>,
    DeclaresName<Name> {
  readonly [statedTypes]: { readonly client: StatedClient; readonly handlers: StatedHandlers };
}

/** Methods by name, as a contract states them. */
export type MethodSpecs = Readonly<Record<string, MethodSpec>>;

/** What `defineService` returns: a property per method. */
export type ServiceDefinition<
  Specs extends MethodSpecs,
  Callbacks extends MethodSpecs = NoCallbacks,
  ServiceName = AnyName,
> = {
  readonly [Name in keyof Specs]: MethodDefinition<TypesOfSpec<Specs[Name], Callbacks>>;
} & AnyService &
  DeclaresCallbacks<Callbacks> &
  DeclaresName<ServiceName>;

/** The callbacks of a service that has none. */
export type NoCallbacks = Readonly<Record<never, MethodSpec>>;

/** Says by type what a service's clients serve: by specifications, or, in generated code, by handlers. */
export interface DeclaresCallbacks<Callbacks> {
  readonly [callbackTypes]?: Callbacks;
}

/** What the clients of a service serve; never when they serve nothing. */
export type CallbacksOf<Service extends AnyService> =
  Service extends DeclaresCallbacks<infer Callbacks>
    ? [keyof Callbacks] extends [never]
      ? never
      : string extends keyof Callbacks
        ? never
        : Callbacks extends MethodSpecs
          ? Handlers<ServiceDefinition<Callbacks>>
          : Callbacks
    : never;

/** The value types of one callback of a contract. */
export type CallbackTypesOf<Service extends AnyService, Name extends string> =
  Service extends DeclaresCallbacks<infer Callbacks extends MethodSpecs>
    ? TypesOfSpec<Callbacks[Name]>
    : never;

/** The value types that a method's schemas imply. */
export interface TypesOfSpec<Spec extends MethodSpec, Callbacks extends MethodSpecs = NoCallbacks> {
  readonly kind: KindOfSpec<Spec>;
  readonly client: Client<ServiceDefinition<Callbacks>>;
  readonly input: InputOfSchema<Spec['input'], undefined>;
  readonly parsedInput: OutputOfSchema<Spec['input'], undefined>;
  readonly result: InputOfSchema<Spec['output'], void>;
  readonly output: OutputOfSchema<Spec['output'], void>;
  readonly errorInputs: {
    readonly [Reason in keyof ErrorsOfSpec<Spec>]: InputOfSchema<
      DataSchema<ErrorsOfSpec<Spec>[Reason]>,
      undefined
    >;
  };
  readonly errorOutputs: {
    readonly [Reason in keyof ErrorsOfSpec<Spec>]: OutputOfSchema<
      DataSchema<ErrorsOfSpec<Spec>[Reason]>,
      undefined
    >;
  };
}

type KindOfSpec<Spec extends MethodSpec> = Spec extends OnewaySpec
  ? 'oneway'
  : Spec['input'] extends StreamOf
    ? Spec['output'] extends StreamOf
      ? 'bidi-streaming'
      : 'client-streaming'
    : Spec['output'] extends StreamOf
      ? 'server-streaming'
      : 'unary';

type InputOfSchema<Schema, Absent> =
  Schema extends StreamOf<infer Item>
    ? SchemaInput<Item>
    : Schema extends StandardSchema
      ? SchemaInput<Schema>
      : Absent;
type OutputOfSchema<Schema, Absent> =
  Schema extends StreamOf<infer Item>
    ? SchemaOutput<Item>
    : Schema extends StandardSchema
      ? SchemaOutput<Schema>
      : Absent;
type ErrorsOfSpec<Spec> = Spec extends {
  readonly errors: infer Errors extends Readonly<Record<string, ErrorSpec>>;
}
  ? Errors
  : Readonly<Record<never, ErrorSpec>>;
type DataSchema<Spec> = Spec extends { readonly data: infer Schema } ? Schema : undefined;

/** The value types of a method definition. */
export type TypesOf<Method extends MethodDefinition> = NonNullable<Method[typeof methodTypes]>;

/** What a client passes to a method. */
export type InputOf<Method extends MethodDefinition> = TypesOf<Method>['input'];

/** What a client receives from a method. */
export type OutputOf<Method extends MethodDefinition> = TypesOf<Method>['output'];

/** Options of one call. */
export interface CallOptions {
  /**
   * Time the whole call may take, in milliseconds. Default: the client's `defaultTimeoutMs` (30 s); none for streaming
   * calls.
   */
  readonly timeoutMs?: number;
  /** Point in time at which the call ends: a Date, or Unix time in milliseconds. The earlier one counts. */
  readonly deadline?: Date | number;
  /** Cancels the call. */
  readonly signal?: AbortSignal;
  /** Travels with the call; the handler reads it as `ctx.metadata`. */
  readonly metadata?: Metadata;
  /** Told the metadata that the server sent along with the answer, if any, before the call ends. */
  readonly onTrailers?: (trailers: Metadata) => void;
}

/** Arguments of a client method: the input may be left out where undefined is one. */
export type CallArguments<Input> = undefined extends Input
  ? [input?: Input, options?: CallOptions]
  : [input: Input, options?: CallOptions];

/**
 * A unary method of a client: calls one of the service's servers.
 *
 * Its signature has tags and no text: editors then show what the contract says of the method.
 */
export interface UnaryMethod<Types extends MethodTypes> {
  /**
   * @param args the input, as its schema takes it, and {@link CallOptions}: `timeoutMs` (default: the client's
   * `defaultTimeoutMs`, 30 s), `deadline`, `signal`, `metadata`, `onTrailers`.
   * @returns the handler's result, as the output schema returns it.
   * @throws RpcError (it rejects) when the call fails, with `code`, `origin` and `maybeExecuted`; declared errors
   * also have `reason` and `data`: see `isRpcError`.
   */
  (...args: CallArguments<Types['input']>): Promise<Types['output']>;
  /**
   * The same call, blocking this thread, timers and all, until the answer is there. It needs a connection that
   * exists already: `await client.ready()` first.
   *
   * @throws RpcError also FAILED_PRECONDITION for what cannot be done so: no connection yet, a server on this very
   * thread, an interceptor that is not declared by `syncInterceptor`.
   */
  sync(...args: CallArguments<Types['input']>): Types['output'];
}

/** A one-way method of a client: sends the input to one of the service's servers, which does not answer. */
export interface OnewayMethod<Types extends MethodTypes> {
  /**
   * @param args the input, as its schema takes it, and {@link CallOptions}.
   * @returns when the message was taken for sending. What its handler or its schema says against it stands in the
   * server's log only.
   * @throws RpcError (it rejects) when it could not be sent.
   */
  // biome-ignore lint/style/useShorthandFunctionType: editors show the comment of a call signature
  (...args: CallArguments<Types['input']>): Promise<void>;
}

/** A server-streaming method of a client: one input, a stream of outputs. */
export interface ServerStreamingMethod<Types extends MethodTypes> {
  /**
   * @param args the input, as its schema takes it, and {@link CallOptions}; without `timeoutMs` or `deadline` the stream
   * may last for ever.
   * @returns the outputs, to be read with `for await`. The call begins at once; leaving the loop cancels it.
   */
  // biome-ignore lint/style/useShorthandFunctionType: editors show the comment of a call signature
  (...args: CallArguments<Types['input']>): StreamReader<Types['output']>;
}

/** A client-streaming method of a client: a stream of inputs, one output. */
export interface ClientStreamingMethod<Types extends MethodTypes> {
  /**
   * @param items the inputs: any iterable, also an async generator. It is read as fast as the server reads, and closed
   * (`return`) when the call ends before it.
   * @param options {@link CallOptions}; without `timeoutMs` or `deadline` the call may last for ever.
   * @returns the handler's result.
   * @throws RpcError (it rejects) when the call fails; what the iterable throws cancels the call and comes back as the
   * error's `cause`.
   */
  // biome-ignore lint/style/useShorthandFunctionType: editors show the comment of a call signature
  (items: StreamSource<Types['input']>, options?: CallOptions): Promise<Types['output']>;
}

/** A bidi-streaming method of a client: streams in both directions. */
export interface BidiStreamingMethod<Types extends MethodTypes> {
  /**
   * @param items the inputs: any iterable, also an async generator. It is read as fast as the server reads.
   * @param options {@link CallOptions}; without `timeoutMs` or `deadline` the call may last for ever.
   * @returns the outputs, to be read with `for await`. The call begins at once; leaving the loop cancels it.
   */
  // biome-ignore lint/style/useShorthandFunctionType: editors show the comment of a call signature
  (items: StreamSource<Types['input']>, options?: CallOptions): StreamReader<Types['output']>;
}

/** A client's method for a method definition. */
export type ClientMethod<Method extends MethodDefinition> = MethodOfKind<
  TypesOf<Method>
>[TypesOf<Method>['kind']];

interface MethodOfKind<Types extends MethodTypes> {
  readonly unary: UnaryMethod<Types>;
  readonly oneway: OnewayMethod<Types>;
  readonly 'server-streaming': ServerStreamingMethod<Types>;
  readonly 'client-streaming': ClientStreamingMethod<Types>;
  readonly 'bidi-streaming': BidiStreamingMethod<Types>;
}

/** The methods of a service as a client calls them. */
export type Client<Service extends AnyService> = {
  readonly [Name in keyof Service as Name extends string
    ? Name
    : never]: Service[Name] extends MethodDefinition ? ClientMethod<Service[Name]> : never;
};

/** Who calls, as the kernel tells it. `pid` is 0 when the caller is in another pid namespace. */
export interface CallPeer {
  readonly uid: number;
  readonly gid: number;
  readonly pid: number;
}

/** What a handler knows of the call it answers. */
export interface HandlerContext<Types extends MethodTypes = MethodTypes> {
  /** Aborted when the caller cancels, its deadline passes or it is gone. */
  readonly signal: AbortSignal;
  /**
   * Aborted when the server begins to drain, by `drain()` or because another one took its name over. Calls need not care; a stream
   * without an end should end then, so that its client goes on with the next server.
   */
  readonly draining: AbortSignal;
  /** When the caller stops waiting, as Unix time in milliseconds; undefined for one-way calls without one. */
  readonly deadline: number | undefined;
  readonly peer: CallPeer;
  /**
   * The caller, as far as the contract says what it serves (`callbacks`): to be called on the same connection. Such calls
   * end with the call that they are made in, unless they are `detached`.
   */
  readonly client: Types extends { readonly client: infer Methods } ? Methods : undefined;
  /**
   * Memory that can be returned, or yielded, as a blob without a copy. It is given away with that: its arrays have length 0 as
   * soon as it is sent, and it is used again when the caller has released it.
   * @param options `keep`: it stays the handler's, to be returned again
   * @throws RpcError RESOURCE_EXHAUSTED when the caller holds as much as it takes (`maxBlobBytes`).
   */
  allocate(bytes: number, options?: AllocateOptions): Memory;
  /**
   * The same as soon as the caller has room for it: a generator that awaits it goes on as fast as its reader releases.
   * @throws RpcError (it rejects) RESOURCE_EXHAUSTED for more than the caller ever takes, or when it holds nothing that it could
   * release; the reason of `signal` when the call is over before.
   */
  allocateLater(bytes: number, options?: AllocateOptions): Promise<Memory>;
  /** Metadata that the caller sent. */
  readonly metadata: Metadata;
  /** Metadata to send along with the answer, also with an error. Empty; set its properties. */
  readonly trailers: Record<string, string>;
  /** Makes a declared error of this method, to be thrown: `throw ctx.error('OUT_OF_STOCK', { sku })`. */
  error<Reason extends Extract<keyof Types['errorInputs'], string>>(
    reason: Reason,
    ...data: ErrorArguments<Types['errorInputs'][Reason]>
  ): RpcError<Reason, Types['errorInputs'][Reason]>;
}

type ErrorArguments<Data> = undefined extends Data
  ? [data?: Data, message?: string]
  : [data: Data, message?: string];

/** A server's function for a method: of an input stream it gets a reader, an output stream it returns as an iterable. */
export type Handler<Types extends MethodTypes> = (
  input: Types['kind'] extends InputStreaming ? StreamReader<Types['parsedInput']> : Types['parsedInput'],
  ctx: HandlerContext<Types>,
) => Types['kind'] extends OutputStreaming
  ? StreamSource<Types['result']> | PromiseLike<StreamSource<Types['result']>>
  : Types['result'] | PromiseLike<Types['result']>;

/** A server's functions for a service. */
export type Handlers<Service extends AnyService> =
  Service extends GeneratedService<unknown, infer Stated extends object, unknown>
    ? Stated
    : {
        readonly [Name in keyof Service as Name extends string
          ? Name
          : never]: Service[Name] extends MethodDefinition ? Handler<TypesOf<Service[Name]>> : never;
      };

export type { ReasonOf };
