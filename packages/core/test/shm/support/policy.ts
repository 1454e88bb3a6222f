import type { AcceptPolicy, Connection, ConnectionSink } from '../../../src/transport/transport.js';
import { Kind } from '../../../src/transport/transport.js';
import { HELLO } from './client.js';

/** A server's policy in the test's own process: lets everybody in and answers nothing. */
export function idlePolicy(changes: Partial<AcceptPolicy> = {}): AcceptPolicy {
  return {
    hello: HELLO,
    alsoServes: [],
    allow: () => undefined,
    onConnection: () => ({ onMessage: () => true, onWritable: () => {}, onClose: () => {} }),
    onTaken: () => {},
    onPeerProblem: () => {},
    ...changes,
  };
}

/** Answers each request with its own bytes. */
export function echo(connection: Connection): ConnectionSink {
  return {
    onMessage(_kind, flags, method, callId, aux, bytes, start, end) {
      connection.send(Kind.reply, flags & 0x1f, method, callId, aux, bytes, start, end);
      return true;
    },
    onWritable: () => {},
    onClose: () => {},
  };
}
