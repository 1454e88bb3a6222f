import type { NativeCloseReason, NativeConnection, NativeSink, NativeUntaken } from '@doorcall/native';
import { ProblemReports } from '../../observe/problem-reports.js';
import type { ConnectionSink, UntakenMessage } from '../transport.js';
import type { Environment } from './native.js';
import type { ShmLogger } from './options.js';

/** Set by the addon: the payload is the ticket of a message that waits beside the batch. */
const LARGE = 0x40;
/** A record that the transport has dealt with. */
const SKIP = 0;

const HEADER_BYTES = 16;

/**
 * The receiving half of a connection: walks the records of each batch and hands them to the sink.
 *
 * A record is (docs/memory-layout.md) u32 length with header, u32 call id, u16 method, u8 kind, u8 flags, u32 aux,
 * payload, padding to 16. The addon has checked the lengths; the batch is this process's own memory.
 */
export class Inbox implements NativeSink {
  /** Cleared when the connection was failed from above: then nothing more may reach the sink. */
  listening = true;
  closed = false;
  #sink: ConnectionSink | undefined;
  readonly #words: Uint32Array;
  readonly #bytes: Uint8Array;
  /** A large message that the sink refused: its ticket is used up, but its record comes again. */
  #heldTicket = -1;
  #held: Uint8Array | undefined;
  readonly #problems: ProblemReports;

  constructor(
    environment: Environment,
    private readonly native: NativeConnection,
    logger: ShmLogger,
    private readonly onEnded: () => void,
  ) {
    this.#problems = new ProblemReports((peer, message, err) => logger.error({ err, peer }, message));
    this.#words = environment.batchWords;
    this.#bytes = environment.batchBytes;
  }

  /** Records come from the event loop only, so the sink may be attached after the connection was started. */
  attach(sink: ConnectionSink): void {
    this.#sink = sink;
  }

  onBatch(bytes: number): number {
    const sink = this.#sink;
    if (sink === undefined) return this.listening ? 0 : bytes;
    const words = this.#words;
    let at = 0;
    while (at < bytes) {
      if (!this.listening) return bytes;
      const word = at >>> 2;
      const length = words[word]!;
      const packed = words[word + 2]!;
      const kind = (packed >>> 16) & 0xff;
      const flags = packed >>> 24;
      if (kind !== SKIP) {
        let taken = true;
        try {
          taken =
            (flags & LARGE) === 0
              ? sink.onMessage(
                  kind,
                  flags,
                  packed & 0xffff,
                  words[word + 1]!,
                  words[word + 3]!,
                  this.#bytes,
                  at + HEADER_BYTES,
                  at + length,
                )
              : this.#deliverLarge(sink, word);
        } catch (error) {
          this.#sinkFailed(error);
        }
        if (!taken) return at;
      }
      at += (length + 15) & ~15;
    }
    return bytes;
  }

  onWritable(): void {
    try {
      this.#sink?.onWritable();
    } catch (error) {
      this.#sinkFailed(error);
    }
  }

  onClose(reason: NativeCloseReason, detail: string, frozen: boolean, untaken: NativeUntaken[]): void {
    this.closed = true;
    this.#held = undefined;
    this.onEnded();
    try {
      this.#sink?.onClose({ reason, detail, frozen, untaken: untaken as UntakenMessage[] });
    } catch (error) {
      this.#sinkFailed(error);
    }
  }

  #deliverLarge(sink: ConnectionSink, word: number): boolean {
    const words = this.#words;
    const packed = words[word + 2]!;
    const ticket = words[word + 4]!;
    const message = this.#heldTicket === ticket && this.#held ? this.#held : this.native.takeLarge(ticket);
    this.#heldTicket = ticket;
    // Kept before the sink is asked: a sink that throws has consumed it, one that returns false has not.
    this.#held = undefined;
    const taken = sink.onMessage(
      (packed >>> 16) & 0xff,
      (packed >>> 24) & ~LARGE,
      packed & 0xffff,
      words[word + 1]!,
      words[word + 3]!,
      message,
      0,
      message.length,
    );
    if (!taken) this.#held = message;
    return taken;
  }

  /** A sink that throws has consumed the record: the ones behind it must not suffer. */
  #sinkFailed(err: unknown): void {
    this.#problems.add(this.native.peer, 'a message of a connection could not be handled', err);
  }
}
