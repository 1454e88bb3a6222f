import { describe } from '../contract/descriptor.js';
import { parseDescriptor } from '../contract/exchange.js';
import type { AnyService } from '../contract/types.js';
import { RpcError } from '../errors/rpc-error.js';
import { LaterReader } from '../stream/later-reader.js';
import type { Connection, ConnectionSink, RemoteHello } from '../transport/transport.js';
import type { Agreement, Agreements } from './agreement.js';
import { ClientCore } from './client.js';
import { type MethodPlan, planMethods } from './method-plan.js';
import { PeerLinks } from './peer-links.js';
import { methodsOf } from './stub.js';

/** Calls the client at the other end of a connection. */
export interface PeerCaller {
  /** The client's methods, to be called. */
  readonly methods: object;
  /** The same for a caller that is blocked: what would wait for it is refused. */
  readonly methodsOfBlocked: object;
  /** Takes what answers the calls. */
  readonly sink: ConnectionSink;
  /** Ends what waits; after the sink was told of the end. */
  close(): void;
}

/** What a peer caller is made with. */
export interface PeerCallerParts {
  readonly connection: Connection;
  /** The fingerprint of the contract that the connection was made for. */
  readonly fingerprint: string;
  /** The callbacks of that contract. */
  readonly callbacks: AnyService;
  readonly maxMessageBytes: number;
}

/** @throws RpcError when the client's contract cannot be read. */
export function createPeerCaller(parts: PeerCallerParts): PeerCaller {
  const { connection, callbacks, fingerprint, maxMessageBytes } = parts;
  let links: PeerLinks | undefined;
  const core = new ClientCore(callbacks, { maxMessageBytes }, (agreements, settings, owner) => {
    const agreement = agreementFor(agreements, callbacks, fingerprint, connection.remote);
    links = new PeerLinks(connection, agreement, settings.maxMessageBytes, owner);
    return links;
  });
  const plans = planMethods(callbacks);
  const methods = methodsOf(core, plans);
  return {
    methods: Object.freeze(methods),
    methodsOfBlocked: Object.freeze(withoutWaiting(methods, plans)),
    sink: (links as PeerLinks | undefined)?.link as ConnectionSink,
    close: () => void core.close(),
  };
}

function agreementFor(
  agreements: Agreements,
  callbacks: AnyService,
  fingerprint: string,
  remote: RemoteHello,
): Agreement {
  if (remote.fingerprint === fingerprint) return agreements.equal({ ...remote, codec: '' });
  const theirs = parseDescriptor(remote.descriptor).callbacks;
  const none = { service: describe(callbacks).service, methods: [], shapes: [], omitted: 0 };
  return agreements.different(remote.fingerprint, theirs ?? none);
}

/** One-way methods as they are; every other would wait for a thread that waits for us. */
function withoutWaiting(
  methods: Readonly<Record<string | symbol, unknown>>,
  plans: readonly MethodPlan[],
): object {
  const stub = Object.create(null) as Record<string, unknown>;
  for (const plan of plans) {
    const { name } = plan.definition;
    stub[name] = plan.oneway ? methods[name] : refusing(plan);
  }
  return stub;
}

function refusing(plan: MethodPlan): unknown {
  const refuse = () => {
    const message = `${plan.path}: its client is blocked in a .sync() call that this call is made in, and would wait for ever`;
    return new RpcError('FAILED_PRECONDITION', message, { origin: 'client', method: plan.path });
  };
  const thrown = () => {
    throw refuse();
  };
  if (plan.streamsOutput) return () => new LaterReader(Promise.reject(refuse()));
  return Object.assign(async () => thrown(), plan.streaming ? {} : { sync: thrown });
}
