import type { NativeConnection } from '@doorcall/native';
import { expect, test } from 'vitest';
import { NATIVE_OPTIONS, NativeListening } from './support/native-listener.js';

const sink = { onBatch: (bytes: number) => bytes, onWritable() {}, onClose() {} };
const ACCEPTED = 0;
const CLOSED = 2;

async function connected(): Promise<NativeConnection> {
  const listening = new NativeListening();
  listening.onHello = (handshake) => listening.listener.welcome(handshake, NATIVE_OPTIONS);
  const { connection } = await listening.dial();
  await listening.event('connection');
  for (const one of [connection, ...listening.connections]) one?.start(sink);
  return connection as NativeConnection;
}

/** Puts a request with the payload `[start, end)` where the addon looks for it. */
function write({ shared }: NativeConnection, start: number, end: number): void {
  shared.set([1, 1, 0, start, end], 2);
}

/** The addon holds on to the array of the last message, or knows that it must not send from it again. */
test('a message is sent from no array but its own and one that is kept', async () => {
  const connection = await connected();
  write(connection, 0, 8);
  expect(() => connection.send(undefined)).toThrow(RangeError);
  expect(connection.send(new Uint8Array(100))).toBe(ACCEPTED);
  expect(connection.send(undefined)).toBe(ACCEPTED);
  write(connection, 93, 101);
  expect(() => connection.send(undefined)).toThrow(RangeError);
  write(connection, 0, 8);
  expect(connection.send(undefined)).toBe(ACCEPTED);

  const tooLargeToKeep = new Uint8Array(2 * 1024 * 1024);
  expect(connection.send(tooLargeToKeep)).toBe(ACCEPTED);
  expect(() => connection.send(undefined)).toThrow(RangeError);
  write(connection, 10, 5);
  expect(() => connection.send(tooLargeToKeep)).toThrow(RangeError);
  write(connection, 0, 8);
  expect(() => connection.send(undefined)).toThrow(RangeError);

  expect(connection.send(new Uint8Array(8))).toBe(ACCEPTED);
  expect(() => connection.send('not bytes' as never)).toThrow(TypeError);
  expect(() => connection.send(undefined)).toThrow(RangeError);
  for (const empty of [0, 8]) {
    write(connection, empty, empty);
    expect(connection.send(new Uint8Array(8))).toBe(ACCEPTED);
  }
  connection.close('');
});

test('nothing is sent before the start, nor after the end', async () => {
  const listening = new NativeListening();
  listening.onHello = (handshake) => listening.listener.welcome(handshake, NATIVE_OPTIONS);
  const { connection } = await listening.dial();
  const made = connection as NativeConnection;
  write(made, 0, 8);
  expect(made.send(new Uint8Array(8))).toBe(CLOSED);
  const ended = new Promise<void>((resolve) => made.start({ ...sink, onClose: () => resolve() }));
  expect(made.send(new Uint8Array(8))).toBe(ACCEPTED);
  made.close('');
  await ended;
  expect(made.send(undefined)).toBe(CLOSED);
  expect(made.send(new Uint8Array(8))).toBe(CLOSED);
  await listening.event('connection');
  listening.connections[0]?.close('');
});
