import { type Connection, Flag } from '../transport/transport.js';
import type { PendingCall } from './pending-call.js';
import { SlotTable } from './slot-table.js';
import type { StreamCall } from './stream-call.js';

/** Marks a slot whose caller has given up: the answer still comes, and goes nowhere. */
export const ABANDONED = Symbol('abandoned');
/** Marks a slot of a blocking call, whose answer the transport hands over by itself. */
export const BLOCKING = Symbol('blocking');
/** Who waits for an answer. */
export type Flight = PendingCall | typeof ABANDONED | typeof BLOCKING;

/** The calls in flight on one connection, by id, until the server has answered them and knows that their input is over. */
export class Flights {
  connection!: Connection;
  readonly #slots: SlotTable<Flight>;
  /** Calls that somebody waits for. */
  #live = 0;
  /** Calls whose server has to be told that the input is over. */
  #openInputs = 0;

  /** @param idBase as of a {@link SlotTable} */
  constructor(idBase: number) {
    this.#slots = new SlotTable(idBase);
  }

  /** Calls that the server has yet to answer. */
  get inUse(): number {
    return this.#slots.inUse;
  }

  /** @returns the id of a call that is about to be sent */
  begin(call: PendingCall): number {
    const callId = this.#slots.take(call);
    this.#live += 1;
    if (this.#live === 1) this.connection.setPending(1);
    return callId;
  }

  beginBlocking(): number {
    return this.#slots.take(BLOCKING);
  }

  /** A streaming call was sent. */
  inputOpened(): void {
    this.#openInputs += 1;
  }

  inputClosed(): void {
    this.#openInputs -= 1;
  }

  /** Nobody waits any more for an answer that still comes. */
  abandon(callId: number): void {
    this.#slots.replace(callId, ABANDONED);
  }

  /** The id is free. @returns who had it */
  release(callId: number): Flight | undefined {
    return this.#slots.release(callId);
  }

  /** One call less that somebody waits for. */
  died(): void {
    this.#live -= 1;
    if (this.#live === 0) this.connection.setPending(0);
  }

  /**
   * An answer has come. The id stays in use until the server knows that the input is over.
   * @returns who waits for it; undefined when it answers nothing
   */
  answered(callId: number): Flight | undefined {
    return this.#openInputs > 0 ? this.#answeredWithInput(callId) : this.#slots.release(callId);
  }

  /** An item of an output, or a piece of one, has come. @returns what the server did wrong, if anything */
  receive(
    callId: number,
    flags: number,
    items: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): string | undefined {
    const entry = this.#slots.find(callId);
    if (typeof entry !== 'object' || !entry.plan.streamsOutput || (entry as StreamCall).answered)
      return `sent an item for call ${callId}, which has no open output`;
    return (entry as StreamCall).receive(flags, items, bytes, start, end);
  }

  /** The server gives credit for an input, or reads no more of it. @returns what it did wrong, if anything */
  window(callId: number, flags: number, bytes: number, items: number): string | undefined {
    const entry = this.#slots.find(callId);
    if (typeof entry !== 'object' || !entry.plan.streamsInput)
      return `gave credit to call ${callId}, which has no input stream`;
    if ((flags & Flag.stop) !== 0) (entry as StreamCall).endInput();
    else if (!entry.settled) return (entry as StreamCall).grant(bytes, items);
    return undefined;
  }

  /** Visits the calls that somebody waits for. */
  forEachCall(visit: (call: PendingCall) => void): void {
    this.#slots.forEach((entry) => {
      if (typeof entry === 'object' && !entry.settled) visit(entry);
    });
  }

  /** Frees all ids. @param visit told of each call, also of one that nobody waits for */
  endAll(visit: (call: PendingCall, callId: number) => void): void {
    this.#slots.forEach((entry, callId) => {
      this.#slots.release(callId);
      if (typeof entry === 'object') visit(entry, callId);
    });
  }

  #answeredWithInput(callId: number): Flight | undefined {
    const entry = this.#slots.find(callId);
    if (typeof entry !== 'object' || !entry.plan.streamsInput || !(entry as StreamCall).inputOpen)
      return this.#slots.release(callId);
    // A second answer.
    if ((entry as StreamCall).answered) return undefined;
    (entry as StreamCall).answered = true;
    return entry;
  }
}
