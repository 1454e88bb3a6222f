import type { ServiceCodec } from '../codec/codec.js';
import type { Logger } from '../observe/logger.js';
import type { ProblemReports } from '../observe/problem-reports.js';
import type { Window } from '../stream/incoming.js';
import type { Turns } from '../stream/turns.js';
import type { Connection } from '../transport/transport.js';
import type { ServerCall } from './call.js';
import type { Replies } from './replies.js';
import type { RunningCalls } from './running-calls.js';

/** What an execution works with; one per connection. */
export interface ExecutionParts {
  readonly connection: Connection;
  readonly codec: ServiceCodec;
  readonly builtinCodec: ServiceCodec;
  readonly running: RunningCalls;
  readonly replies: Replies;
  /** Output streams that wait for space. */
  readonly turns: Turns;
  /** What the server holds unread of an input stream. */
  readonly window: Window;
  readonly maxMessageBytes: number;
  readonly logger: Logger;
  /** What a client can cause as often as it likes: it must not fill the log. */
  readonly problems: ProblemReports;
  /** A call is over: its place is free. */
  ended(call: ServerCall): void;
  /** Not even an error can be sent: the connection is of no use any more. */
  unusable(detail: string): void;
}
