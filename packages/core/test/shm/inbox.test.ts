import type { NativeConnection, NativeSink } from '@doorcall/native';
import { expect, test, vi } from 'vitest';
import { Inbox } from '../../src/transport/shm/inbox.js';
import type { Environment } from '../../src/transport/shm/native.js';
import { Kind } from '../../src/transport/transport.js';
import { RecordingSink } from './support/client.js';

const LARGE = 0x40;
const CANCEL_FOLLOWS = 0x20;

interface Entry {
  readonly kind: number;
  readonly callId?: number;
  readonly flags?: number;
  readonly method?: number;
  readonly aux?: number;
  readonly payload?: readonly number[];
}

/** A batch as the addon would leave it, written by the layout's own words. */
function batchOf(entries: readonly Entry[]): { environment: Environment; bytes: number; starts: number[] } {
  const batch = new ArrayBuffer(64 * 1024);
  const view = new DataView(batch);
  const starts: number[] = [];
  let at = 0;
  for (const { kind, callId = 0, flags = 0, method = 0, aux = 0, payload = [] } of entries) {
    starts.push(at);
    view.setUint32(at, 16 + payload.length, true);
    view.setUint32(at + 4, callId, true);
    view.setUint16(at + 8, method, true);
    view.setUint8(at + 10, kind);
    view.setUint8(at + 11, flags);
    view.setUint32(at + 12, aux, true);
    new Uint8Array(batch, at + 16).set(payload);
    at += Math.ceil((16 + payload.length) / 16) * 16;
  }
  const environment = {
    batchWords: new Uint32Array(batch),
    batchBytes: new Uint8Array(batch),
  } as Environment;
  return { environment, bytes: at, starts };
}

function inboxOf(
  environment: Environment,
  takeLarge: (ticket: number) => Uint8Array = () => new Uint8Array(0),
) {
  const logger = { warn: vi.fn(), error: vi.fn() };
  const native = { takeLarge, peer: { uid: 1, gid: 1, pid: 1 } } as unknown as NativeConnection;
  const inbox = new Inbox(environment, native, logger, () => {});
  const sink = new RecordingSink();
  inbox.attach(sink);
  return { inbox: inbox as Inbox & NativeSink, sink, logger };
}

const ticketBytes = (ticket: number) => [...new Uint8Array(new Uint32Array([ticket]).buffer)];

test('every field of a record arrives as it was written, up to its largest value', () => {
  const { environment, bytes } = batchOf([
    {
      kind: Kind.request,
      callId: 0xffffffff,
      flags: 0x3f,
      method: 0xffff,
      aux: 0xfffffffe,
      payload: [1, 2, 3],
    },
    { kind: Kind.reply, callId: 2 },
    { kind: Kind.error, callId: 3, aux: 16, payload: Array.from({ length: 17 }, (_, index) => index) },
  ]);
  const { inbox, sink } = inboxOf(environment);
  expect(inbox.onBatch(bytes)).toBe(bytes);
  expect(sink.received).toEqual([
    {
      kind: 1,
      callId: 0xffffffff,
      flags: 0x3f,
      method: 0xffff,
      aux: 0xfffffffe,
      bytes: new Uint8Array([1, 2, 3]),
    },
    { kind: 3, callId: 2, flags: 0, method: 0, aux: 0, bytes: new Uint8Array(0) },
    { kind: 4, callId: 3, flags: 0, method: 0, aux: 16, bytes: Uint8Array.from({ length: 17 }, (_, i) => i) },
  ]);
});

test('records that the transport has dealt with are skipped, and a cancel further on is told', () => {
  const { environment, bytes } = batchOf([
    { kind: 0, payload: [9, 9] },
    { kind: Kind.request, callId: 1, flags: CANCEL_FOLLOWS },
    { kind: Kind.cancel, callId: 1 },
  ]);
  const { inbox, sink } = inboxOf(environment);
  expect(inbox.onBatch(bytes)).toBe(bytes);
  expect(sink.received.map(({ kind, flags }) => [kind, flags])).toEqual([
    [Kind.request, CANCEL_FOLLOWS],
    [Kind.cancel, 0],
  ]);
});

test('a sink that throws loses that record and no other, and is reported', () => {
  const { environment, bytes } = batchOf([
    { kind: Kind.reply, callId: 1 },
    { kind: Kind.reply, callId: 2 },
    { kind: Kind.reply, callId: 3 },
  ]);
  const { inbox, sink, logger } = inboxOf(environment);
  const original = sink.onMessage.bind(sink);
  sink.onMessage = (...message) => {
    if (message[3] === 2) throw new Error('no');
    return original(...message);
  };
  expect(inbox.onBatch(bytes)).toBe(bytes);
  expect(sink.received.map(({ callId }) => callId)).toEqual([1, 3]);
  expect(logger.error).toHaveBeenCalledTimes(1);
  expect(logger.error.mock.calls[0]?.[0]).toMatchObject({ err: new Error('no') });
});

test('a refused record ends the batch before it', () => {
  const { environment, bytes, starts } = batchOf([
    { kind: Kind.request, callId: 1, payload: [1] },
    { kind: Kind.request, callId: 2, payload: [2] },
    { kind: Kind.request, callId: 3, payload: [3] },
  ]);
  const { inbox, sink } = inboxOf(environment);
  sink.credit = 1;
  expect(inbox.onBatch(bytes)).toBe(starts[1]);
  expect(sink.received.map(({ callId }) => callId)).toEqual([1]);
});

test('a large message is fetched by its ticket, once, even when it is refused at first', () => {
  const { environment, bytes } = batchOf([
    { kind: Kind.request, callId: 5, flags: LARGE | 1, method: 4, aux: 6, payload: ticketBytes(0x01020304) },
  ]);
  const whole = new Uint8Array(1_000).fill(3);
  const takeLarge = vi.fn(() => whole);
  const { inbox, sink } = inboxOf(environment, takeLarge);
  sink.credit = 0;
  expect(inbox.onBatch(bytes)).toBe(0);
  expect(inbox.onBatch(bytes)).toBe(0);
  sink.credit = 1;
  expect(inbox.onBatch(bytes)).toBe(bytes);
  expect(takeLarge.mock.calls).toEqual([[0x01020304]]);
  expect(sink.received).toEqual([{ kind: 1, callId: 5, flags: 1, method: 4, aux: 6, bytes: whole }]);
});

test('after a failure nothing reaches the sink, not even from the same batch', () => {
  const { environment, bytes } = batchOf([
    { kind: Kind.request, callId: 1 },
    { kind: Kind.request, callId: 2 },
  ]);
  const { inbox, sink } = inboxOf(environment);
  const original = sink.onMessage.bind(sink);
  sink.onMessage = (...message) => {
    inbox.listening = false;
    return original(...message);
  };
  expect(inbox.onBatch(bytes)).toBe(bytes);
  expect(sink.received.map(({ callId }) => callId)).toEqual([1]);
});

test('a sink that always throws does not fill the log', () => {
  const { environment, bytes } = batchOf(Array.from({ length: 100 }, () => ({ kind: Kind.reply })));
  const { inbox, sink, logger } = inboxOf(environment);
  sink.onMessage = () => {
    throw new Error('no');
  };
  expect(inbox.onBatch(bytes)).toBe(bytes);
  expect(logger.error.mock.calls.length).toBeGreaterThan(0);
  expect(logger.error.mock.calls.length).toBeLessThan(20);
});
