import { defineBuiltinService } from '../contract/define-service.js';
import { describe } from '../contract/descriptor.js';
import { parseDescriptor } from '../contract/exchange.js';
import { serviceOf } from '../contract/service-of.js';
import type { AnyService } from '../contract/types.js';
import type { StreamWindow } from '../stream/window.js';
import type { Connection, ConnectionSink, RemoteHello } from '../transport/transport.js';
import { type Agreement, Agreements } from './agreement.js';
import { ClientCore } from './client.js';
import { LinkDoors } from './door-client.js';
import { FollowedLink } from './followed-link.js';
import { planMethods } from './method-plan.js';
import { methodsOf } from './methods.js';
import { PeerLinkOwner } from './peer-links.js';

/** Calls the client at the other end of a connection. */
export interface PeerCaller {
  /** The methods that the client serves, to be called. */
  readonly methods: object;
  /** Makes a door callable that the client has sent. */
  openDoor(service: AnyService, id: number): unknown;
  /** Takes what answers the calls. */
  readonly sink: ConnectionSink;
  /** Ends what waits; after the sink was told of the end. */
  close(): void;
}

/** What a peer caller is made with. */
export interface PeerCallerParts {
  readonly connection: Connection;
  /** The contract that the connection was made for. */
  readonly service: AnyService;
  readonly maxMessageBytes: number;
  /** What this side holds unread of a stream, as it has told the client. */
  readonly window: StreamWindow;
}

/** @throws RpcError when the client's contract cannot be read. */
export function createPeerCaller(parts: PeerCallerParts): PeerCaller {
  const { connection, service, maxMessageBytes, window } = parts;
  const settings = { maxMessageBytes, ...window };
  const callbacks = serviceOf(service).callbacks ?? NO_CALLBACKS;
  const agreements = new Agreements(callbacks);
  const agreement = agreementFor(agreements, callbacks, describe(service).fingerprint, connection.remote);
  const { link } = new PeerLinkOwner(connection, agreement, maxMessageBytes);
  const core = new ClientCore(callbacks, settings, (_agreements, _settings, owner) => {
    return new FollowedLink(link, owner);
  });
  const doors = new LinkDoors(link, settings);
  const plans = serviceOf(service).callbacks === undefined ? [] : planMethods(callbacks);
  const methods = methodsOf(core, plans);
  return {
    methods: Object.freeze(methods),
    openDoor: doors.open,
    sink: link,
    close: () => {
      doors.close();
      void core.close();
    },
  };
}

/** Stands for the callbacks of a contract that has none. */
const NO_CALLBACKS = defineBuiltinService('doorcall.none', { none: {} });

function agreementFor(
  agreements: Agreements,
  callbacks: AnyService,
  fingerprint: string,
  remote: RemoteHello,
): Agreement {
  if (remote.fingerprint === fingerprint) return agreements.equal(remote);
  const theirs = parseDescriptor(remote.descriptor).callbacks;
  const none = { service: describe(callbacks).service, methods: [], shapes: [], omitted: 0 };
  return agreements.different(remote.fingerprint, theirs ?? none);
}
