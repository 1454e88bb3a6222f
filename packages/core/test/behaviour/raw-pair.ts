import type { CloseInfo, Connection, ConnectionSink, Hello, Kind } from '../../src/transport/transport.js';
import type { BedOptions, TransportBed } from './bed.js';
import type { RawMessage } from './raw-client.js';
import { until } from './waiting.js';

const HELLO: Hello = {
  service: 'raw',
  fingerprint: 'a'.repeat(32),
  descriptor: '{}',
  maxMessageBytes: 16 * 1024 * 1024,
  maxInFlight: 100,
  onewayWindow: 10,
  streamWindowBytes: 256 * 1024,
  streamWindowItems: 1_024,
  maxBlobBytes: 256 * 1024 * 1024,
  maxFds: 16,
};

/** One end of a connection without client or server above it: remembers what comes. */
export class RawEnd implements ConnectionSink {
  connection!: Connection;
  readonly received: RawMessage[] = [];
  /** How often it was told of room. */
  writable = 0;
  closed: CloseInfo | undefined;
  /** While true, nothing is taken; whatever is refused then is counted. */
  deaf = false;
  refused = 0;

  onMessage(
    kind: number,
    flags: number,
    _method: number,
    callId: number,
    aux: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): boolean {
    if (this.deaf) {
      this.refused += 1;
      return false;
    }
    this.received.push({ kind, flags, callId, aux, bytes: bytes.slice(start, end) });
    return true;
  }

  onWritable(): void {
    this.writable += 1;
  }

  onClose(info: CloseInfo): void {
    this.closed = info;
  }

  send(kind: Kind, callId: number, bytes: Uint8Array = new Uint8Array(0)): number {
    return this.connection.send(kind, 0, 0, callId, 0, bytes, 0, bytes.length);
  }
}

export interface RawPair {
  readonly client: RawEnd;
  readonly server: RawEnd;
  close(): Promise<void>;
}

/** Two connected ends; each `hello` changes what that side says of itself. */
export async function rawPair(
  bed: TransportBed,
  hellos: { readonly client?: Partial<Hello>; readonly server?: Partial<Hello> } = {},
  options: BedOptions = {},
): Promise<RawPair> {
  const client = new RawEnd();
  const server = new RawEnd();
  const listening = await bed.acceptor(options).listen({
    hello: { ...HELLO, ...hellos.server },
    alsoServes: [],
    allow: () => undefined,
    onConnection: (connection) => {
      server.connection = connection;
      return server;
    },
    onTaken: () => {},
    onPeerProblem: () => {},
  });
  const dialer = bed.dialer(options);
  const { endpoints } = await dialer.discover(HELLO.service);
  const hello = { ...HELLO, ...hellos.client };
  const result = await dialer.dial(endpoints[0] as (typeof endpoints)[0], hello, client, 5_000);
  if ('refusal' in result) throw new Error(result.refusal.message);
  client.connection = result.connection;
  await until(() => server.connection !== undefined);
  return {
    client,
    server,
    async close() {
      for (const end of [client, server]) end.connection.close();
      await until(() => client.closed !== undefined && server.closed !== undefined);
      await listening.close();
    },
  };
}
