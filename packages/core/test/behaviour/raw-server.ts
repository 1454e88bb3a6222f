import { createMsgpackCodec } from '../../src/codec/msgpack.js';
import { serviceOf } from '../../src/contract/service-of.js';
import type { AnyService } from '../../src/contract/types.js';
import {
  type Acceptor,
  type CloseInfo,
  type Connection,
  type Hello,
  Kind,
  type Listening,
} from '../../src/transport/transport.js';
import type { RawMessage } from './raw-client.js';
import { helloOf } from './raw-hello.js';
import { until } from './waiting.js';

const NOTHING = new Uint8Array(0);

/** A server that keeps no rules but those it is told to: for clients that must not rely on good manners. */
export class RawServer {
  readonly received: RawMessage[] = [];
  /** All connections that there were; the last one is spoken to. */
  readonly connections: Connection[] = [];
  closed: CloseInfo | undefined;
  /** While true, nothing is taken from the client. */
  deaf = false;
  readonly #codec;
  #listening: Listening | undefined;

  private constructor(private readonly service: AnyService) {
    this.#codec = createMsgpackCodec(service, { named: false });
  }

  static async listen(
    acceptor: Acceptor,
    service: AnyService,
    changes: Partial<Hello> = {},
  ): Promise<RawServer> {
    const server = new RawServer(service);
    server.#listening = await acceptor.listen({
      hello: helloOf(service, { maxInFlight: 100, onewayWindow: 100, ...changes }),
      alsoServes: [],
      allow: () => undefined,
      onConnection: (connection) => server.#accept(connection),
      onTaken: () => {},
      onPeerProblem: () => {},
    });
    return server;
  }

  get connection(): Connection {
    return this.connections.at(-1) as Connection;
  }

  /** The id of the n-th request that has come, as soon as it has. */
  async request(n: number): Promise<number> {
    const requests = () => this.received.filter(({ kind }) => kind === Kind.request);
    await until(() => requests().length > n);
    return requests()[n]?.callId as number;
  }

  /** Sends a message, whatever it is; `items` only counts where kinds have such a field. */
  send(kind: Kind, callId: number, fields: { flags?: number; aux?: number; items?: number } = {}): void {
    this.sendBytes(kind, callId, NOTHING, fields);
  }

  sendBytes(
    kind: Kind,
    callId: number,
    bytes: Uint8Array,
    fields: { flags?: number; aux?: number; items?: number } = {},
  ): void {
    const { flags = 0, aux = 0, items = 0 } = fields;
    this.connection.send(kind, flags, items, callId, aux, bytes, 0, bytes.length);
  }

  /** Sends an item, or the answer, of a call of this method. */
  sendValue(kind: Kind, method: string, callId: number, value: unknown): void {
    const id = serviceOf(this.service).methods.find(({ name }) => name === method)?.id ?? 0;
    const { bytes, start, end } = this.#codec.encodeOutput(id, value);
    this.sendBytes(kind, callId, bytes.slice(start, end));
  }

  async close(): Promise<void> {
    for (const connection of this.connections) connection.close();
    await this.#listening?.close();
  }

  #accept(connection: Connection) {
    this.connections.push(connection);
    return {
      onMessage: (
        kind: number,
        flags: number,
        _method: number,
        callId: number,
        aux: number,
        bytes: Uint8Array,
        start: number,
        end: number,
      ) => {
        if (this.deaf) return false;
        this.received.push({ kind, flags, callId, aux, bytes: bytes.slice(start, end) });
        return true;
      },
      onWritable: () => {},
      onClose: (info: CloseInfo) => {
        this.closed ??= info;
      },
    };
  }
}
