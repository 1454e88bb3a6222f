import type {
  Acceptor,
  AcceptPolicy,
  ConnectionSink,
  Dialer,
  DialResult,
  Endpoint,
  Hello,
  Listening,
  Peer,
  RemoteHello,
} from '../transport.js';
import { MemoryConnection } from './connection.js';
import type { LaneLimits } from './lane.js';

/** Bounds of what one side sends; small ones make a test reach them. */
export interface MemorySideOptions {
  /** Size of the ring that this side writes. Default 128 KiB. */
  readonly ringBytes?: number;
  /** Bounds of the private queue before it. Default 4096 messages, 64 MiB. */
  readonly maxQueuedMessages?: number;
  readonly maxQueuedBytes?: number;
}

interface Place extends Endpoint {
  readonly service: string;
  readonly policy: AcceptPolicy;
  readonly limits: LaneLimits;
}

const PROTOCOL_VERSION = 1;

/**
 * A transport within one thread, for tests: values pass through the same codec, limits and close rules as
 * between processes, and arrive in a later turn of the event loop. Acceptors and dialers of one object find
 * each other.
 */
export class MemoryTransport {
  readonly #places = new Set<Place>();
  readonly #watchers = new Set<() => void>();
  #count = 0;

  /** Everyone who listens is a further instance of the service. */
  acceptor(options: MemorySideOptions = {}): Acceptor {
    return { listen: async (policy) => this.#listen(policy, limitsOf(options)) };
  }

  dialer(options: MemorySideOptions = {}): Dialer {
    const limits = limitsOf(options);
    return {
      discover: async (service) => this.#discover(service),
      dial: (endpoint, hello, sink) => this.#dial(endpoint, hello, sink, limits),
      watch: (_service, onChange) => this.#watch(onChange),
      duplicate: () => undefined,
    };
  }

  #listen(policy: AcceptPolicy, limits: LaneLimits): Listening {
    this.#count += 1;
    const { service } = policy.hello;
    const instance = String(this.#count);
    const place: Place = { key: `memory:${service}/${instance}`, instance, service, policy, limits };
    this.#places.add(place);
    this.#changed();
    return {
      address: place.key,
      close: async () => {
        if (this.#places.delete(place)) this.#changed();
      },
    };
  }

  #discover(service: string): { endpoints: readonly Endpoint[]; tried: readonly string[] } {
    const endpoints = [...this.#places].filter((place) => place.service === service);
    const found = endpoints.length === 0 ? 'nobody' : endpoints.map(({ key }) => key).join(', ');
    return { endpoints, tried: [`memory:${service}: ${found}`] };
  }

  async #dial(
    endpoint: Endpoint,
    hello: Hello,
    sink: ConnectionSink,
    limits: LaneLimits,
  ): Promise<DialResult> {
    await nextTurn();
    const place = [...this.#places].find((candidate) => candidate.key === endpoint.key);
    if (place === undefined) {
      return { refusal: { code: 'UNAVAILABLE', message: 'no server listens here' }, retryable: true };
    }
    const { policy } = place;
    if (hello.service !== place.service && !policy.alsoServes.includes(hello.service)) {
      const message = `this is ${place.service}, not ${hello.service}`;
      return { refusal: { code: 'UNIMPLEMENTED', message }, retryable: false };
    }
    const peer = thisProcess();
    const toServer = told(policy.hello, hello);
    const refusal = policy.allow(peer, toServer);
    if (refusal !== undefined) return { refusal, retryable: false };
    const maxMessageBytes = Math.min(hello.maxMessageBytes, policy.hello.maxMessageBytes);
    const [client, server] = MemoryConnection.pair(
      { peer, remote: told(hello, policy.hello), maxMessageBytes, limits },
      { peer, remote: toServer, maxMessageBytes, limits: place.limits },
    );
    server.start(policy.onConnection(server));
    client.start(sink);
    return { connection: client };
  }

  #watch(onChange: () => void): { close(): void } {
    const watcher = () => onChange();
    this.#watchers.add(watcher);
    return { close: () => this.#watchers.delete(watcher) };
  }

  #changed(): void {
    for (const watcher of this.#watchers) setImmediate(watcher);
  }
}

function limitsOf(options: MemorySideOptions): LaneLimits {
  return {
    ringBytes: options.ringBytes ?? 128 * 1024,
    maxQueuedMessages: options.maxQueuedMessages ?? 4096,
    maxQueuedBytes: options.maxQueuedBytes ?? 64 * 1024 * 1024,
  };
}

/** What `listener` is told of `speaker`: the descriptor travels only between different contracts. */
function told(listener: Hello, speaker: Hello): RemoteHello {
  const same = listener.fingerprint === speaker.fingerprint;
  return {
    ...speaker,
    codec: speaker.codec ?? '',
    descriptor: same ? '' : speaker.descriptor,
    protocolVersion: PROTOCOL_VERSION,
    fdCredit: false,
  };
}

function thisProcess(): Peer {
  return { uid: process.getuid?.() ?? -1, gid: process.getgid?.() ?? -1, pid: process.pid };
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
