import { onTestFinished } from 'vitest';
import { createShmDialer, type ShmDialerOptions } from '../../../src/transport/shm/index.js';
import {
  type CloseInfo,
  type Connection,
  type ConnectionSink,
  type Hello,
  Kind,
} from '../../../src/transport/transport.js';

export const HELLO: Hello = {
  service: 'orders',
  fingerprint: 'a'.repeat(32),
  descriptor: '{"from":"client"}',
  maxMessageBytes: 16 * 1024 * 1024,
  maxInFlight: 100,
  onewayWindow: 10,
  streamWindowBytes: 262_144,
  streamWindowItems: 1_024,
  maxBlobBytes: 268_435_456,
  maxFds: 0,
};

export interface Received {
  readonly kind: number;
  readonly flags: number;
  readonly method: number;
  readonly callId: number;
  readonly aux: number;
  readonly bytes: Uint8Array;
}

/** A sink that remembers what came and lets the test wait for it. */
export class RecordingSink implements ConnectionSink {
  readonly received: Received[] = [];
  closeInfo: CloseInfo | undefined;
  writable = 0;
  /** Messages to take before the next one is refused. */
  credit = Number.POSITIVE_INFINITY;
  refusals = 0;
  readonly #waiting = new Set<() => void>();

  onMessage(
    kind: number,
    flags: number,
    method: number,
    callId: number,
    aux: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): boolean {
    if (this.credit <= 0) {
      this.refusals += 1;
      this.#wake();
      return false;
    }
    this.credit -= 1;
    this.received.push({ kind, flags, method, callId, aux, bytes: bytes.slice(start, end) });
    this.#wake();
    return true;
  }

  onWritable(): void {
    this.writable += 1;
    this.#wake();
  }

  onClose(info: CloseInfo): void {
    this.closeInfo = info;
    this.#wake();
  }

  /** Resolves when the condition holds; it is looked at after each event. */
  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!condition()) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }

  async closed(): Promise<CloseInfo> {
    await this.until(() => this.closeInfo !== undefined);
    return this.closeInfo as CloseInfo;
  }

  #wake(): void {
    for (const look of this.#waiting) look();
  }
}

export interface Client {
  readonly connection: Connection;
  readonly sink: RecordingSink;
  /** Sends a request and waits for its answer. */
  call(payload: Uint8Array | string, callId?: number): Promise<Received>;
}

/** Dials the first endpoint. @throws the refusal's code and message */
export async function connect(
  options: ShmDialerOptions,
  hello: Partial<Hello> = {},
  instance = 'main',
): Promise<Client> {
  const result = await dialOnce(options, hello, instance);
  if (!('connection' in result)) throw new Error(`${result.refusal.code}: ${result.refusal.message}`);
  return result;
}

export type Outcome =
  | Client
  | { readonly refusal: { code: string; message: string }; readonly retryable: boolean };

export async function dialOnce(
  options: ShmDialerOptions,
  hello: Partial<Hello> = {},
  instance = 'main',
  timeoutMs = 5_000,
): Promise<Outcome> {
  const dialer = createShmDialer(options);
  const whole = { ...HELLO, ...hello };
  const { endpoints, tried } = await dialer.discover(HELLO.service);
  const endpoint = endpoints.find(({ key }) => key.endsWith(`/${instance}.sock`));
  if (endpoint === undefined) throw new Error(`no endpoint: ${tried.join('; ')}`);
  const sink = new RecordingSink();
  const result = await dialer.dial(endpoint, whole, sink, timeoutMs);
  if (!('connection' in result)) return result;
  const { connection } = result;
  onTestFinished(() => connection.close('end of test'));
  let nextCallId = 1000;
  return {
    connection,
    sink,
    async call(payload, callId = nextCallId++) {
      const bytes = typeof payload === 'string' ? new TextEncoder().encode(payload) : payload;
      connection.send(Kind.request, 0, 3, callId, 0, bytes, 0, bytes.length);
      const isAnswer = (message: Received) => message.callId === callId;
      await sink.until(() => sink.received.some(isAnswer) || sink.closeInfo !== undefined);
      const answer = sink.received.find(isAnswer);
      if (answer === undefined) throw new Error(`connection closed: ${JSON.stringify(sink.closeInfo)}`);
      return answer;
    },
  };
}

export const textOf = ({ bytes }: Received): string => new TextDecoder().decode(bytes);
