import type {
  CloseInfo,
  Connection,
  ConnectionSink,
  Dialer,
  DialResult,
  Endpoint,
  Hello,
  Kind,
  UntakenMessage,
} from '../../src/transport/transport.js';
import { SendResult } from '../../src/transport/transport.js';

/** How a test ends a connection. */
export interface Cut {
  readonly reason?: CloseInfo['reason'];
  /** What was held up is then certainly not taken; otherwise nobody knows. */
  readonly frozen: boolean;
  /** Part of the bytes is overwritten already. */
  readonly withoutBytes?: boolean;
}

/**
 * Connections of any transport that break on demand. Held-up messages never reach the server, so reporting them
 * as untaken is the truth, as it is when a ring's head stands still.
 */
export class FaultDialer implements Dialer {
  /** Established connections, oldest first. */
  readonly connections: FaultyConnection[] = [];
  /** How new connections begin; see {@link FaultyConnection.holding}. */
  holding: FaultyConnection['holding'] = 'none';
  /** Attempts to connect so far. */
  dials = 0;

  constructor(private readonly inner: Dialer) {}

  discover(service: string): ReturnType<Dialer['discover']> {
    return this.inner.discover(service);
  }

  async dial(endpoint: Endpoint, hello: Hello, sink: ConnectionSink, timeoutMs: number): Promise<DialResult> {
    this.dials += 1;
    const gate: { connection?: FaultyConnection } = {};
    const result = await this.inner.dial(
      endpoint,
      hello,
      {
        onMessage: (...message) => gate.connection?.ended === true || sink.onMessage(...message),
        onWritable: () => sink.onWritable(),
        onClose: (info) => {
          if (gate.connection?.ended !== true) sink.onClose(info);
        },
      },
      timeoutMs,
    );
    if ('refusal' in result) return result;
    const connection = new FaultyConnection(result.connection, sink);
    connection.holding = this.holding;
    gate.connection = connection;
    this.connections.push(connection);
    return { connection };
  }

  watch(service: string, onChange: () => void): { close(): void } {
    return this.inner.watch(service, onChange);
  }

  duplicate(fd: number): number | undefined {
    return this.inner.duplicate(fd);
  }

  /** The connection that was made last. */
  get latest(): FaultyConnection {
    return this.connections.at(-1) as FaultyConnection;
  }
}

export class FaultyConnection implements Connection {
  ended = false;
  /** How long messages to the server are held up: `'all'`, or those of these kinds. */
  holding: readonly Kind[] | 'all' | 'none' = 'none';
  readonly held: UntakenMessage[] = [];
  /** What the client said of calls that it waits for. */
  readonly pending: number[] = [];

  constructor(
    private readonly inner: Connection,
    private readonly sink: ConnectionSink,
  ) {}

  /** The client hears nothing more of this connection, its end neither, until it is cut. */
  silence(): void {
    this.ended = true;
  }

  /** Ends the connection for the client now, as if the server had died. */
  cut({ reason = 'died', frozen, withoutBytes = false }: Cut): void {
    this.ended = true;
    const untaken = this.held.map((message) => (withoutBytes ? { ...message, bytes: undefined } : message));
    this.inner.close('cut by the test');
    setImmediate(() => this.sink.onClose({ reason, detail: 'cut by the test', frozen, untaken }));
  }

  /** A message that the server never sent. */
  inject(kind: Kind, callId: number, aux = 0): void {
    setImmediate(() => this.sink.onMessage(kind, 0, 0, callId, aux, new Uint8Array(0), 0, 0));
  }

  get peer() {
    return this.inner.peer;
  }
  get remote() {
    return this.inner.remote;
  }
  get clockOffsetMs() {
    return this.inner.clockOffsetMs;
  }
  get open() {
    return !this.ended && this.inner.open;
  }
  get maxPieceBytes() {
    return this.inner.maxPieceBytes;
  }
  get queuedMessages() {
    return this.inner.queuedMessages;
  }
  get arena() {
    return this.inner.arena;
  }

  get descriptors() {
    return this.inner.descriptors;
  }
  get callSync() {
    return this.inner.callSync;
  }

  send(
    kind: Kind,
    flags: number,
    method: number,
    callId: number,
    aux: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): SendResult {
    if (this.ended) return SendResult.closed;
    if (this.holding === 'all' || (this.holding !== 'none' && this.holding.includes(kind))) {
      this.held.push({ kind, flags, method, callId, aux, bytes: new Uint8Array(bytes.subarray(start, end)) });
      return SendResult.accepted;
    }
    return this.inner.send(kind, flags, method, callId, aux, bytes, start, end);
  }

  withdraw(callId: number): boolean {
    return this.inner.withdraw(callId);
  }
  setPending(calls: number): void {
    this.pending.push(calls);
    this.inner.setPending(calls);
  }
  resume(): void {
    this.inner.resume();
  }
  close(detail?: string): void {
    this.inner.close(detail);
  }
  fail(detail: string): void {
    this.inner.fail(detail);
  }
}
