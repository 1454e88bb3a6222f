import { attachmentsOf } from '../attach/attachments.js';
import { HeldItems } from '../attach/held-items.js';
import { giveUpReturned } from '../attach/returned.js';
import { type Encoded, REJECTED, type ServiceCodec } from '../codec/codec.js';
import { runInScope } from '../context/scope.js';
import { invalidInputItem, invalidOutputItem } from '../contract/call-errors.js';
import type { Validation } from '../contract/standard-schema.js';
import { isRpcError, RpcError } from '../errors/rpc-error.js';
import {
  BadItem,
  ENDED,
  type Held,
  type IncomingOwner,
  IncomingStream,
  type Window,
} from '../stream/incoming.js';
import {
  type Beside,
  type EncodedItem,
  type ItemSource,
  type OutgoingOwner,
  OutgoingStream,
  Unsendable,
} from '../stream/outgoing.js';
import type { Turns } from '../stream/turns.js';
import { type Connection, Flag, Kind, type SendResult } from '../transport/transport.js';
import type { ServerCall } from './call.js';

const NOTHING = new Uint8Array(0);

/** What the streams of a call need from whoever carries the call out. */
export interface StreamHost {
  readonly connection: Connection;
  readonly turns: Turns;
  /** What this server holds unread of a stream. */
  readonly window: Window;
  readonly maxMessageBytes: number;
  codecOf(call: ServerCall): ServiceCodec;
  /** Ends a call with an error of the framework's own. */
  refuse(call: ServerCall, error: RpcError): void;
  /** An item of the handler's cannot be sent. */
  unsendable(call: ServerCall, thrown: unknown): void;
  /** Blobs, descriptors or doors of an item of the handler's cannot be sent. */
  unattachable(call: ServerCall, thrown: unknown): void;
  tooLarge(call: ServerCall, bytes: number): void;
  /** The handler gave an item that is not valid. */
  invalidOutput(call: ServerCall, error: RpcError): void;
  /** Something of ours or of the contract's failed. */
  broke(call: ServerCall, thrown: unknown, what: string): void;
  /** The handler has failed. */
  threw(call: ServerCall, thrown: unknown): void;
  /** The handler's iterable was left before its end, and failed as it was closed. */
  closeFailed(call: ServerCall, thrown: unknown): void;
  /** All items are sent. */
  streamed(call: ServerCall): void;
}

/** Gives a call its input stream. */
export function openInput(host: StreamHost, call: ServerCall): IncomingStream {
  call.input = new IncomingStream(new InputOfCall(host, call), host.window, host.maxMessageBytes);
  return call.input;
}

/** An input stream that nobody reads. */
export function discardingInput(host: StreamHost, connection: Connection): IncomingStream {
  const stream = new IncomingStream(new InputOfNobody(connection), host.window, host.maxMessageBytes);
  stream.leave();
  return stream;
}

/** Begins to send what a handler has returned. */
export function openOutput(host: StreamHost, call: ServerCall, source: ItemSource): void {
  const { connection } = host;
  const { streamWindowBytes, streamWindowItems } = connection.remote;
  const window = { bytes: streamWindowBytes, items: streamWindowItems };
  const owner = new OutputOfCall(host, call);
  call.output = new OutgoingStream(owner, source, host.turns, connection.maxPieceBytes, window);
  call.output.start();
}

/** A stream whose call was refused: only what comes beside its items matters. */
class InputOfNobody implements IncomingOwner {
  readonly #held = new HeldItems();

  constructor(private readonly connection: Connection) {}

  decode(): typeof ENDED {
    return ENDED;
  }

  fdsIn(bytes: Uint8Array, start: number, end: number): number {
    return this.#held.fdsIn(this.connection, bytes, start, end);
  }

  takeHeld(): undefined {
    return undefined;
  }

  drop(_flags: number, bytes: Uint8Array, start: number, end: number): void {
    this.#held.drop(this.connection, bytes, start, end);
  }

  giveBack(): void {
    // Its client is told that the call is over, and stops.
  }

  left(): void {
    // Nobody has ever read it.
  }
}

/** A stream that the client sends. */
class InputOfCall implements IncomingOwner {
  readonly #held = new HeldItems();

  constructor(
    private readonly host: StreamHost,
    private readonly call: ServerCall,
  ) {}

  decode(index: number, flags: number, bytes: Uint8Array, start: number, end: number): unknown {
    const { host, call } = this;
    const { plan } = call;
    const codec = host.codecOf(call);
    let judged: Validation | Promise<Validation> | undefined;
    try {
      const incoming = this.#held.open(host.connection, flags, bytes, start, end);
      const body = incoming?.bodyStart ?? start;
      const item =
        codec.parseInput === undefined ? REJECTED : codec.parseInput(plan.id, bytes, body, end, incoming);
      if (item !== REJECTED) return item;
      judged = plan.input?.validate(codec.decodeInput(plan.id, bytes, body, end, incoming));
    } catch (thrown) {
      const bad = isRpcError(thrown)
        ? this.#refused(thrown)
        : this.#broken(thrown, 'an item of an input could not be read');
      return this.#without(bad, index);
    }
    if (judged === undefined) return undefined;
    if (judged instanceof Promise) return judged.then((validation) => this.#accept(index, validation));
    const item = this.#accept(index, judged);
    return item instanceof BadItem ? this.#without(item, index) : item;
  }

  /** A bad item, and nothing beside it. One that comes first spares a handler that was not called yet. */
  #without(bad: BadItem, index: number): BadItem | typeof ENDED {
    this.#held.take()?.discard();
    if (index > 0 || this.call.started) return bad;
    bad.end();
    return ENDED;
  }

  fdsIn(bytes: Uint8Array, start: number, end: number): number {
    return this.#held.fdsIn(this.host.connection, bytes, start, end);
  }

  takeHeld(): Held | undefined {
    return this.#held.take();
  }

  drop(_flags: number, bytes: Uint8Array, start: number, end: number): void {
    this.#held.drop(this.host.connection, bytes, start, end);
  }

  giveBack(bytes: number, items: number): void {
    const { host, call } = this;
    if (call.ended) return;
    host.connection.send(Kind.inputWindow, 0, items, call.callId, bytes, NOTHING, 0, 0);
  }

  left(): void {
    const { host, call } = this;
    if (call.ended) return;
    host.connection.send(Kind.inputWindow, Flag.stop, 0, call.callId, 0, NOTHING, 0, 0);
  }

  #accept(index: number, judged: Validation): unknown {
    if (judged.issues === undefined) return judged.value;
    return judged.failure === undefined
      ? this.#refused(invalidInputItem(this.call.plan.definition, index, judged.issues))
      : this.#broken(judged.failure.thrown, 'the schema of an item of an input failed');
  }

  /** The handler has the items before it first; when it comes to this one, its call is over. */
  #refused(error: RpcError): BadItem {
    const { host, call } = this;
    return new BadItem(error, () => {
      host.refuse(call, error);
      call.cancel(error);
    });
  }

  #broken(thrown: unknown, what: string): BadItem {
    const { host, call } = this;
    const error = new RpcError('INTERNAL', what, { origin: 'server', cause: thrown });
    return new BadItem(error, () => {
      host.broke(call, thrown, what);
      call.cancel(error);
    });
  }
}

/** A stream that the handler sends. */
class OutputOfCall implements OutgoingOwner {
  constructor(
    private readonly host: StreamHost,
    private readonly call: ServerCall,
  ) {}

  pull(source: ItemSource): ReturnType<ItemSource['next']> {
    return runInScope(this.call, next, source, undefined);
  }

  encode(index: number, item: unknown): EncodedItem | Promise<() => EncodedItem> {
    const { host, call } = this;
    const { plan } = call;
    const valid = host.codecOf(call).encodeValidOutput?.(plan.id, item);
    if (valid !== undefined) return this.#attached(valid);
    const judged = plan.output?.validate(item) ?? { value: item };
    if (judged instanceof Promise)
      return judged.then((validation) => () => this.#encode(index, item, validation));
    return this.#encode(index, item, judged);
  }

  send(flags: number, items: number, bytes: Uint8Array, start: number, end: number): SendResult {
    return this.host.connection.send(Kind.output, flags, items, this.call.callId, 0, bytes, start, end);
  }

  dropped(item: unknown): void {
    if (this.call.plan.attachesOutput) giveUpReturned(item);
  }

  sourceEnded(): void {
    if (!this.call.ended) this.host.streamed(this.call);
  }

  sourceThrew(thrown: unknown): void {
    this.host.threw(this.call, thrown);
  }

  closeFailed(thrown: unknown): void {
    this.host.closeFailed(this.call, thrown);
  }

  #encode(index: number, item: unknown, judged: Validation): EncodedItem {
    const { host, call } = this;
    const { plan } = call;
    const { failure, issues } = judged;
    if (call.ended || failure !== undefined || issues !== undefined) this.dropped(item);
    if (call.ended) return undefined;
    if (failure !== undefined) {
      const what = 'the schema of an item of an output failed';
      return new Unsendable(() => host.broke(call, failure.thrown, what));
    }
    if (issues !== undefined) {
      return new Unsendable(() =>
        host.invalidOutput(call, invalidOutputItem(plan.definition, index, issues)),
      );
    }
    try {
      return this.#attached(host.codecOf(call).encodeOutput(plan.id, judged.value));
    } catch (thrown) {
      this.dropped(item);
      return new Unsendable(() => host.unsendable(call, thrown));
    }
  }

  unattachable(_index: number, thrown: unknown): void {
    this.host.unattachable(this.call, thrown);
  }

  #attached(encoded: Encoded): EncodedItem {
    const { attachments } = encoded;
    if (attachments === undefined) return this.#sized(encoded, undefined);
    return this.#sized(encoded, attachmentsOf(this.host.connection).attachItem(attachments, true));
  }

  #sized(encoded: Encoded, beside: Beside | undefined): EncodedItem {
    const bytes = encoded.end - encoded.start + (beside?.tableBytes ?? 0);
    if (bytes <= this.host.maxMessageBytes) return beside === undefined ? encoded : { ...encoded, beside };
    beside?.drop();
    return new Unsendable(() => this.host.tooLarge(this.call, bytes));
  }
}

function next(source: ItemSource): ReturnType<ItemSource['next']> {
  return source.next();
}
