import { attachmentsOf } from '../attach/attachments.js';
import { HeldItems } from '../attach/held-items.js';
import type { ServiceCodec } from '../codec/codec.js';
import type { StreamReader } from '../contract/stream.js';
import type { RpcError } from '../errors/rpc-error.js';
import { ENDED, type Held, type IncomingOwner, IncomingStream, type Window } from '../stream/incoming.js';
import {
  type EncodedItem,
  type ItemSource,
  isIterable,
  type OutgoingOwner,
  OutgoingStream,
  sourceOf,
  Unsendable,
} from '../stream/outgoing.js';
import type { Turns } from '../stream/turns.js';
import { type Connection, Kind, SendResult } from '../transport/transport.js';
import { unreadable } from './answer.js';
import * as failures from './failures.js';
import type { MethodPlan } from './method-plan.js';
import { PendingCall } from './pending-call.js';

const NOTHING = new Uint8Array(0);

/** What a streaming call tells the client that it belongs to. */
export interface StreamCallOwner {
  /** Ends a call from this side, and tells the server. Does nothing when it has ended. */
  endStream(call: StreamCall, error: (maybeExecuted: boolean) => RpcError): void;
}

/** The connection that a streaming call is in flight on. */
export interface StreamCarrier {
  readonly connection: Connection;
  readonly turns: Turns;
  codecFor(plan: MethodPlan): ServiceCodec;
  maxItemBytes: number;
  /** The call's input has been ended, and the server has been told. */
  inputEnded(call: StreamCall): void;
}

/** What a streaming call is made with. */
export interface StreamCallParts {
  readonly owner: StreamCallOwner;
  /** The items of the input, where that is a stream. */
  readonly items: unknown;
  /** What this client holds unread of an output stream. */
  readonly window: Window;
  readonly maxMessageBytes: number;
}

/** A call whose input, output or both are streams. */
export class StreamCall extends PendingCall implements IncomingOwner, OutgoingOwner {
  /** Answered by the server; its id is in use until the server knows that the input is over, too. */
  answered = false;
  /** Whether the server has still to be told that the input is over. */
  inputOpen = false;
  readonly #held = new HeldItems();
  readonly #output: IncomingStream | undefined;
  #input: OutgoingStream | undefined;
  #carrier: StreamCarrier | undefined;

  constructor(
    plan: MethodPlan,
    startedMs: number,
    private readonly parts: StreamCallParts,
  ) {
    super(plan, startedMs);
    if (plan.streamsOutput) this.#output = new IncomingStream(this, parts.window, parts.maxMessageBytes);
  }

  /** The outputs, for the caller. */
  get reader(): StreamReader<unknown> | undefined {
    return this.#output?.reader;
  }

  /** @throws RpcError when what was passed as the input is no stream. */
  checkInput(): void {
    const { items } = this.parts;
    if (this.plan.streamsInput && !isIterable(items)) throw failures.noStream(this.plan, items, false);
  }

  /** The request has been accepted for sending. */
  sentOn(carrier: StreamCarrier): void {
    this.#carrier = carrier;
    if (!this.plan.streamsInput) return;
    this.inputOpen = true;
    // Not within the call: the caller's code runs in it.
    queueMicrotask(() => this.#sendItems(carrier));
  }

  /** A piece of an item has come. @returns what the server did wrong, if anything */
  receive(flags: number, items: number, bytes: Uint8Array, start: number, end: number): string | undefined {
    if (this.#output === undefined) return `sent an item for call ${this.callId}, whose output is no stream`;
    return this.#output.receive(flags, items, bytes, start, end);
  }

  /** The server reads on. @returns what it did wrong, if anything */
  grant(bytes: number, items: number): string | undefined {
    if (!this.plan.streamsInput) return `gave credit to call ${this.callId}, whose input is no stream`;
    const within = this.#input?.grant(bytes, items) ?? (bytes === 0 && items === 0);
    return within ? undefined : 'gave more credit for a stream than its window';
  }

  /** Sends no more of the input, and tells the server so. */
  endInput(): void {
    this.#input?.stop();
    if (this.inputOpen) this.resume();
  }

  /** There is nobody who would have to be told that the input is over. */
  dropInput(): void {
    this.inputOpen = false;
    this.#carrier?.turns.leave(this);
    this.#input?.stop();
  }

  /** Says that the input is over, as soon as there is space for it. */
  resume(): boolean {
    if (!this.inputOpen) return true;
    const carrier = this.#carrier as StreamCarrier;
    const { connection, turns } = carrier;
    const result = connection.send(Kind.inputEnd, 0, 0, this.callId, 0, NOTHING, 0, 0);
    if (result === SendResult.full) {
      turns.wait(this);
      return false;
    }
    this.inputOpen = false;
    carrier.inputEnded(this);
    return true;
  }

  override succeed(value: unknown): void {
    super.succeed(value);
    this.#output?.end();
  }

  override fail(error: RpcError): void {
    if (this.#output === undefined) {
      super.fail(error);
      return;
    }
    this.endedWith(error);
    // What the caller does itself counts at once; what comes from the server, behind what came before it.
    if (error.origin === 'client') this.#output.abort(error);
    else this.#output.fail(error);
  }

  // The output, as it is read.

  decode(index: number, flags: number, bytes: Uint8Array, start: number, end: number): unknown {
    const { plan, parts } = this;
    const { connection } = this.#carrier as StreamCarrier;
    try {
      const codec = (this.#carrier as StreamCarrier).codecFor(plan);
      const incoming = this.#held.open(connection, flags, bytes, start, end);
      return codec.decodeOutput(plan.id, bytes, incoming?.bodyStart ?? start, end, incoming);
    } catch (thrown) {
      this.#held.take()?.discard();
      parts.owner.endStream(this, () => unreadable(plan, thrown, `item ${index}`));
      return ENDED;
    }
  }

  fdsIn(bytes: Uint8Array, start: number, end: number): number {
    return this.#held.fdsIn((this.#carrier as StreamCarrier).connection, bytes, start, end);
  }

  takeHeld(): Held | undefined {
    return this.#held.take();
  }

  drop(_flags: number, bytes: Uint8Array, start: number, end: number): void {
    this.#held.drop((this.#carrier as StreamCarrier).connection, bytes, start, end);
  }

  giveBack(bytes: number, items: number): void {
    if (this.settled) return;
    this.#carrier?.connection.send(Kind.outputWindow, 0, items, this.callId, bytes, NOTHING, 0, 0);
  }

  left(): void {
    this.parts.owner.endStream(this, (executed) => failures.readerLeft(this.plan, executed));
  }

  /** Whether the server is in the midst of an item. */
  get inItem(): boolean {
    return this.#output?.inItem === true;
  }

  // The input, as it is sent.

  encode(index: number, item: unknown): EncodedItem {
    const { plan } = this;
    const carrier = this.#carrier as StreamCarrier;
    try {
      const encoded = carrier.codecFor(plan).encodeInput(plan.id, item);
      const beside =
        encoded.attachments && attachmentsOf(carrier.connection).attachItem(encoded.attachments, false);
      const bytes = encoded.end - encoded.start + (beside?.tableBytes ?? 0);
      if (bytes <= carrier.maxItemBytes) return beside === undefined ? encoded : { ...encoded, beside };
      beside?.drop();
      throw failures.itemTooLarge(plan, index, bytes, carrier.maxItemBytes);
    } catch (thrown) {
      return new Unsendable(() => this.unattachable(index, thrown));
    }
  }

  unattachable(index: number, thrown: unknown): void {
    const error = (executed: boolean) => failures.itemUnsendable(this.plan, index, thrown, executed);
    this.parts.owner.endStream(this, error);
  }

  send(flags: number, items: number, bytes: Uint8Array, start: number, end: number): SendResult {
    const { connection } = this.#carrier as StreamCarrier;
    return connection.send(Kind.input, flags, items, this.callId, 0, bytes, start, end);
  }

  pull(source: ItemSource): ReturnType<ItemSource['next']> {
    return source.next();
  }

  dropped(): void {
    // What was not sent is its caller's.
  }

  sourceEnded(): void {
    this.endInput();
  }

  sourceThrew(thrown: unknown): void {
    this.parts.owner.endStream(this, (executed) => failures.inputFailed(this.plan, thrown, executed));
  }

  closeFailed(): void {
    // The iterable is its caller's, and so is what goes wrong in it when nobody reads it any more.
  }

  #sendItems(carrier: StreamCarrier): void {
    if (!this.inputOpen || this.answered || this.settled) return;
    let source: ItemSource | undefined;
    try {
      source = sourceOf(this.parts.items);
    } catch (thrown) {
      this.sourceThrew(thrown);
      return;
    }
    if (source === undefined) {
      const { owner, items } = this.parts;
      owner.endStream(this, (executed) => failures.noStream(this.plan, items, executed));
      return;
    }
    const { connection, turns } = carrier;
    const { streamWindowBytes, streamWindowItems } = connection.remote;
    const window = { bytes: streamWindowBytes, items: streamWindowItems };
    this.#input = new OutgoingStream(this, source, turns, connection.maxPieceBytes, window);
    this.#input.start();
  }
}
