import { afterEach, beforeEach } from 'vitest';
import type { ConnectOptions } from '../../src/client/options.js';
import { createPeerCaller } from '../../src/client/peer-caller.js';
import { createClient, type ServiceClient } from '../../src/client/stub.js';
import type { AnyService, Handlers } from '../../src/contract/types.js';
import type { ServeOptions } from '../../src/server/options.js';
import { type Server, ServerCore } from '../../src/server/server.js';
import type { Acceptor, Connection, Dialer } from '../../src/transport/transport.js';
import { servedBy } from '../../src/wiring.js';

/** Bounds that a test chooses so that it reaches them. */
export interface BedOptions {
  readonly ringBytes?: number;
  readonly maxQueuedMessages?: number;
  readonly maxQueuedBytes?: number;
}

/** One transport under test, empty: nobody serves in it yet. */
export interface TransportBed {
  /** Each acceptor is a further instance of whatever service listens on it. */
  acceptor(options?: BedOptions): Acceptor;
  dialer(options?: BedOptions): Dialer;
  dispose(): Promise<void>;
}

export type Setup = () => TransportBed | Promise<TransportBed>;

/** A log line that a test may look at. */
export interface LogLine {
  readonly level: 'warn' | 'error';
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

/** A bed, and what a test has put into it: everything is closed after the test. */
export class World {
  readonly log: LogLine[] = [];
  readonly servers: Server[] = [];
  readonly #things: { close(): Promise<void> }[] = [];

  constructor(readonly bed: TransportBed) {}

  readonly logger = {
    warn: (fields: object, message: string) =>
      void this.log.push({ level: 'warn', fields: { ...fields }, message }),
    error: (fields: object, message: string) =>
      void this.log.push({ level: 'error', fields: { ...fields }, message }),
  };

  async serve<Service extends AnyService>(
    service: Service,
    handlers: Handlers<Service>,
    options: ServeOptions = {},
    bed: BedOptions = {},
  ): Promise<Server> {
    const server = new ServerCore(service, handlers, { logger: this.logger, ...options }, createPeerCaller);
    this.#things.push(server);
    this.servers.push(server);
    await server.listen(this.bed.acceptor(bed));
    return server;
  }

  connect<Service extends AnyService>(
    service: Service,
    options: ConnectOptions = {},
    bed: BedOptions = {},
  ): ServiceClient<Service> {
    const dialer = options.dialer ?? this.bed.dialer(bed);
    const all = { logger: this.logger, ...options };
    const client = createClient(service, all, dialer, servedBy(service, all));
    this.#things.push(client);
    return client;
  }

  async dispose(): Promise<void> {
    // Clients and servers in the order opposite to their making: clients first, as a rule.
    for (const thing of this.#things.reverse()) await thing.close();
    await this.bed.dispose();
  }
}

/** A new world for each test of the surrounding `describe`. */
export function worldFor(setup: Setup): () => World {
  let world: World;
  beforeEach(async () => {
    world = new World(await setup());
  });
  afterEach(() => world.dispose());
  return () => world;
}

/** An acceptor whose connections the test sees, too. */
export function tapped(acceptor: Acceptor, see: (connection: Connection) => void): Acceptor {
  return {
    listen: (policy) =>
      acceptor.listen({
        ...policy,
        onConnection: (connection) => {
          see(connection);
          return policy.onConnection(connection);
        },
      }),
  };
}
