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

/** Bounds of an in-memory transport; small ones make a test reach them. */
export interface MemoryTransportOptions {
  /** Size of one direction's ring. Default 128 KiB. */
  readonly ringBytes?: number;
  /** Bounds of the private queue before it. Default 4096 messages, 64 MiB. */
  readonly maxQueuedMessages?: number;
  readonly maxQueuedBytes?: number;
}

interface Place extends Endpoint {
  readonly policy: AcceptPolicy;
}

const PROTOCOL_VERSION = 1;

/**
 * A transport within one thread, for tests: values pass through the same codec, limits and close rules as
 * between processes, and arrive in a later turn of the event loop.
 */
export class MemoryTransport implements Acceptor, Dialer {
  readonly #limits: LaneLimits;
  readonly #places = new Set<Place>();
  readonly #watchers = new Set<() => void>();
  #count = 0;

  constructor(options: MemoryTransportOptions = {}) {
    this.#limits = {
      ringBytes: options.ringBytes ?? 128 * 1024,
      maxQueuedMessages: options.maxQueuedMessages ?? 4096,
      maxQueuedBytes: options.maxQueuedBytes ?? 64 * 1024 * 1024,
    };
  }

  async listen(policy: AcceptPolicy): Promise<Listening> {
    this.#count += 1;
    const place: Place = { key: `memory:${policy.hello.service}#${this.#count}`, policy };
    this.#places.add(place);
    this.#changed();
    return {
      address: place.key,
      close: async () => {
        if (this.#places.delete(place)) this.#changed();
      },
    };
  }

  async discover(service: string): Promise<{ endpoints: readonly Endpoint[]; tried: readonly string[] }> {
    const endpoints = [...this.#places].filter((place) => place.policy.hello.service === service);
    const found = endpoints.length === 0 ? 'nobody serves it' : `${endpoints.length} found`;
    return { endpoints, tried: [`in memory: ${found}`] };
  }

  async dial(endpoint: Endpoint, hello: Hello, sink: ConnectionSink): Promise<DialResult> {
    await nextTurn();
    const place = [...this.#places].find((candidate) => candidate.key === endpoint.key);
    if (place === undefined) {
      return { refusal: { code: 'UNAVAILABLE', message: 'no server listens here' }, retryable: true };
    }
    const { policy } = place;
    if (hello.service !== policy.hello.service && !policy.alsoServes.includes(hello.service)) {
      const message = `this is ${policy.hello.service}, not ${hello.service}`;
      return { refusal: { code: 'UNIMPLEMENTED', message }, retryable: false };
    }
    const peer = thisProcess();
    const remotes = [told(hello, policy.hello), told(policy.hello, hello)] as const;
    const refusal = policy.allow(peer, remotes[1]);
    if (refusal !== undefined) return { refusal, retryable: false };
    const maxMessageBytes = Math.min(hello.maxMessageBytes, policy.hello.maxMessageBytes);
    const [client, server] = MemoryConnection.pair(peer, remotes, maxMessageBytes, this.#limits);
    server.start(policy.onConnection(server));
    client.start(sink);
    return { connection: client };
  }

  watch(_service: string, onChange: () => void): { close(): void } {
    const watcher = () => onChange();
    this.#watchers.add(watcher);
    return { close: () => this.#watchers.delete(watcher) };
  }

  #changed(): void {
    for (const watcher of this.#watchers) setImmediate(watcher);
  }
}

/** What `listener` is told of `speaker`: the descriptor travels only between different contracts. */
function told(listener: Hello, speaker: Hello): RemoteHello {
  const same = listener.fingerprint === speaker.fingerprint;
  return { ...speaker, descriptor: same ? '' : speaker.descriptor, protocolVersion: PROTOCOL_VERSION };
}

function thisProcess(): Peer {
  return { uid: process.getuid?.() ?? -1, gid: process.getgid?.() ?? -1, pid: process.pid };
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
