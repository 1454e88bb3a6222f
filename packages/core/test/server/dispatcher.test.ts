import { describe, expect, test } from 'vitest';
import { TableWriter } from '../../src/attach/table.js';
import { createMsgpackCodec } from '../../src/codec/msgpack.js';
import { RpcError } from '../../src/errors/rpc-error.js';
import { ProblemReports } from '../../src/observe/problem-reports.js';
import { Admission, type Admitted } from '../../src/server/admission.js';
import { DrainSignal } from '../../src/server/drain-signal.js';
import { planMethods } from '../../src/server/method-plan.js';
import { resolveLimits } from '../../src/server/options.js';
import { Session } from '../../src/server/session.js';
import { SpareMemory } from '../../src/server/spare-memory.js';
import { type Connection, Flag, Kind, SendResult } from '../../src/transport/transport.js';
import { echo } from '../behaviour/services.js';
import { turn } from '../behaviour/waiting.js';

const NOTHING = echo.nothing.id;
const BUILTIN = 0xff00;
const NO_BYTES = new Uint8Array(0);

/** A connection that takes messages or not, as the test says, and remembers them. */
class Wire implements Connection {
  readonly sent: { readonly kind: number; readonly callId: number }[] = [];
  result: SendResult = SendResult.accepted;
  resumed = 0;
  failure: string | undefined;
  readonly peer = { uid: 1, gid: 1, pid: 1 };
  readonly remote = {
    service: 'echo',
    fingerprint: 'same',
    codec: '',
    descriptor: '',
    maxMessageBytes: 1_000_000,
    maxInFlight: 0,
    onewayWindow: 0,
    streamWindowBytes: 262_144,
    streamWindowItems: 1_024,
    maxBlobBytes: 268_435_456,
    maxFds: 0,
    protocolVersion: 1,
    fdCredit: false,
  };
  readonly clockOffsetMs = 0;
  readonly open = true;
  readonly queuedMessages = 0;
  readonly maxPieceBytes = 16_368;
  readonly callSync = undefined;
  readonly descriptors = undefined;
  arena = undefined as unknown as Connection['arena'];

  send(kind: Kind, _flags: number, _method: number, callId: number): SendResult {
    if (this.result === SendResult.accepted) this.sent.push({ kind, callId });
    return this.result;
  }
  withdraw(): boolean {
    return false;
  }
  setPending(): void {}
  resume(): void {
    this.resumed += 1;
  }
  close(): void {}
  fail(detail: string): void {
    this.failure = detail;
  }
}

class Member implements Admitted {
  inFlight = 0;
  hasTurn = false;
  waits: Admitted['waits'] = 'no';
  takeTurn(): void {}
}

/** A session at a server that can do one call at a time. */
function setUp() {
  const admission = new Admission(10, 1);
  const limits = resolveLimits();
  const wire = new Wire();
  const reports: string[] = [];
  const plans = planMethods(echo, { say: (text: string) => text, nothing: () => {}, note: () => {} }, [], {
    builtin: false,
  });
  const builtin = planMethods(echo, { say: () => '', nothing: () => {}, note: () => {} }, [], {
    builtin: true,
  })[NOTHING];
  const codec = createMsgpackCodec(echo, { named: false });
  const session = new Session(
    {
      service: 'echo',
      fingerprint: 'same',
      address: 'here',
      planOf: (method) => (method === BUILTIN ? builtin : plans[method]),
      codecFor: () => codec,
      builtinCodec: codec,
      admission,
      quota: {
        perConnection: limits.maxQueuedBytes,
        inAll: limits.maxQueuedBytesInAll,
        used: 0,
        memory: new SpareMemory(),
      },
      limits,
      maxMessageBytes: 1_000_000,
      logger: { warn: () => {}, error: () => {} },
      counters: { calls: 0 },
      violations: new ProblemReports(() => {}),
      problems: new ProblemReports((_, reason) => void reports.push(reason)),
      drainSignal: new DrainSignal(),
      sessionEnded: () => {},
      callerFor: () => undefined,
      agreesWith: () => true,
    },
    wire,
  );
  const message = (kind: Kind, method: number, callId: number): boolean =>
    session.onMessage(kind, 0, method, callId, 0, NO_BYTES, 0, 0);
  return { admission, wire, session, message, reports };
}

describe('a turn that comes when nothing can use it', () => {
  test.each([
    ['a built-in method', BUILTIN],
    ['an unknown method', 500],
  ])('does not stay with the connection: %s', async (_, method) => {
    const { admission, wire, session, message } = setUp();
    const occupant = new Member();
    expect(admission.enter(occupant)).toBe(true);
    // It waits for its turn, and then has nothing to wait for.
    expect(message(Kind.request, NOTHING, 1)).toBe(true);
    expect(admission.waiting).toBe(1);
    message(Kind.cancel, 0, 1);
    // The client does not read, so that the transport has to keep what comes next.
    wire.result = SendResult.full;
    expect(message(Kind.request, 500, 2)).toBe(true);
    expect(message(Kind.request, method, 3)).toBe(false);
    admission.leave(occupant);
    await turn();
    expect(wire.resumed).toBe(1);
    wire.result = SendResult.accepted;
    session.onWritable();
    // What is kept comes again.
    expect(message(Kind.request, method, 3)).toBe(true);
    await turn();
    expect(admission.enter(new Member())).toBe(true);
  });

  test('is used by what the transport has kept', async () => {
    const { admission, wire, session, message } = setUp();
    const occupant = new Member();
    admission.enter(occupant);
    message(Kind.request, NOTHING, 1);
    message(Kind.cancel, 0, 1);
    wire.result = SendResult.full;
    message(Kind.request, 500, 2);
    expect(message(Kind.request, NOTHING, 3)).toBe(false);
    admission.leave(occupant);
    await turn();
    wire.result = SendResult.accepted;
    session.onWritable();
    const next = new Member();
    expect(admission.enter(next)).toBe(false);
    expect(message(Kind.request, NOTHING, 3)).toBe(true);
    expect(wire.sent.at(-1)).toEqual({ kind: Kind.reply, callId: 3 });
    expect(next.hasTurn).toBe(true);
  });
});

test('one-way calls of unknown methods are reported a few times, not each', () => {
  const { message, reports } = setUp();
  for (let id = 1; id <= 50; id++) message(Kind.oneway, 500, id);
  expect(reports.length).toBeGreaterThan(0);
  expect(reports.length).toBeLessThan(10);
});

test('a request whose cancel is behind it never runs', () => {
  const { wire, session } = setUp();
  session.onMessage(Kind.request, Flag.cancelFollows, NOTHING, 1, 0, NO_BYTES, 0, 0);
  expect(wire.sent).toEqual([{ kind: Kind.error, callId: 1 }]);
});

test.each([
  ['RESOURCE_EXHAUSTED', undefined],
  ['INTERNAL', 'sent damaged metadata or attachments: INTERNAL: it is not to be had'],
] as const)('what came beside a call of an unknown method is not to be had: %s', (code, failure) => {
  const { wire, session } = setUp();
  const view = () => {
    throw new RpcError(code, 'it is not to be had');
  };
  wire.arena = { view } as unknown as Connection['arena'];
  const table = new TableWriter(1, { bytes: NO_BYTES, start: 0, end: 0 });
  table.blob({ segment: 1, slot: 1, offset: 0, length: 1 });
  const { bytes, start, end } = table.finish(0);
  session.onMessage(Kind.request, Flag.attachments, 500, 1, 0, bytes, start, end);
  expect(wire.failure).toBe(failure);
  expect(wire.sent).toEqual([{ kind: Kind.error, callId: 1 }]);
});
