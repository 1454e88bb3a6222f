import { createMsgpackCodec } from '../../src/codec/msgpack.js';
import { serviceOf } from '../../src/contract/service-of.js';
import type { AnyService } from '../../src/contract/types.js';
import type { CloseInfo, Connection, Dialer } from '../../src/transport/transport.js';
import { Kind } from '../../src/transport/transport.js';
import { helloOf } from './raw-hello.js';

/** A message that came from the server. */
export interface RawMessage {
  readonly kind: number;
  readonly flags: number;
  readonly callId: number;
  readonly aux: number;
  readonly bytes: Uint8Array;
}

/** A client that keeps no rules but those it is told to: for servers that must not rely on good manners. */
export class RawClient {
  readonly received: RawMessage[] = [];
  closed: CloseInfo | undefined;
  /** While true, nothing is taken from the server. */
  deaf = false;
  connection!: Connection;
  readonly #codec;

  private constructor(private readonly service: AnyService) {
    this.#codec = createMsgpackCodec(service, { named: false });
  }

  /** @param as the service that the client says it wants; default: the one it calls */
  static async connect(
    dialer: Dialer,
    service: AnyService,
    as?: string,
    maxMessageBytes = 16 * 1024 * 1024,
  ): Promise<RawClient> {
    const client = new RawClient(service);
    const { name } = serviceOf(service);
    const { endpoints } = await dialer.discover(name);
    const hello = helloOf(service, { service: as ?? name, maxMessageBytes });
    const result = await dialer.dial(
      endpoints[0] as (typeof endpoints)[0],
      hello,
      {
        onMessage: (kind, flags, _method, callId, aux, bytes, start, end) => {
          if (client.deaf) return false;
          client.received.push({
            kind,
            flags,
            callId,
            aux,
            bytes: new Uint8Array(bytes.subarray(start, end)),
          });
          return true;
        },
        onWritable: () => {},
        onClose: (info) => {
          client.closed = info;
        },
      },
      5_000,
    );
    if ('refusal' in result) throw new Error(result.refusal.message);
    client.connection = result.connection;
    return client;
  }

  /** Sends a request or a one-way message of this method. */
  call(kind: Kind, method: string, input: unknown, callId: number, aux = 0, flags = 0): void {
    const definition = serviceOf(this.service).methods.find(({ name }) => name === method);
    const id = definition?.id ?? 0;
    const { bytes, start, end } = this.#codec.encodeInput(id, input);
    this.connection.send(kind, flags, id, callId, aux, bytes, start, end);
  }

  /** Sends an item of the input stream of a call of this method. */
  item(method: string, callId: number, item: unknown): void {
    this.call(Kind.input, method, item, callId);
  }

  /** Sends bytes as a piece of an item, whatever they are. */
  piece(callId: number, bytes: Uint8Array, flags = 0): void {
    this.connection.send(Kind.input, flags, 0, callId, 0, bytes, 0, bytes.length);
  }

  control(kind: Kind, callId: number, aux = 0): void {
    this.connection.send(kind, 0, 0, callId, aux, new Uint8Array(0), 0, 0);
  }

  answersTo(callId: number): RawMessage[] {
    return this.received.filter(
      (message) => message.callId === callId && (message.kind === Kind.reply || message.kind === Kind.error),
    );
  }
}
