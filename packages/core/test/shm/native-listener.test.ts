import { describe, expect, test } from 'vitest';
import { NATIVE_OPTIONS, NativeListening } from './support/native-listener.js';

const sink = { onBatch: (bytes: number) => bytes, onWritable() {}, onClose() {} };

describe('a handshake that was announced ends as a connection or is dropped, once', () => {
  test('it becomes a connection', async () => {
    const listening = new NativeListening();
    listening.onHello = (handshake) => listening.listener.welcome(handshake, NATIVE_OPTIONS);
    const { connection } = await listening.dial();
    await listening.event('connection');
    for (const one of [connection, ...listening.connections]) {
      one?.start(sink);
      one?.close('');
    }
    await listening.close();
    expect(listening.events).toEqual(['hello 1', 'connection 1', 'closed']);
  });

  test('this side refuses it', async () => {
    const listening = new NativeListening();
    listening.onHello = (handshake) => listening.listener.refuse(handshake, 7, 'not you');
    expect((await listening.dial()).failure).toMatchObject({ code: 7, message: 'not you' });
    expect(listening.events).toEqual(['hello 1', 'dropped 1']);
    // The answer came too late for another one.
    listening.listener.welcome(1, NATIVE_OPTIONS);
    listening.listener.refuse(1, 7, 'still not');
    await listening.close();
    expect(listening.events).toEqual(['hello 1', 'dropped 1', 'closed']);
  });

  test('the peer leaves before the answer', async () => {
    const listening = new NativeListening();
    await listening.dial(20);
    await listening.event('problem');
    expect(listening.events).toEqual([
      'hello 1',
      'dropped 1',
      'problem peer left in the middle of the handshake',
    ]);
  });

  test.each([
    ['leave', 'peer left in the middle of the handshake'],
    ['refuse', 'the client gave up: no memory here'],
    ['hello-again', 'got HELLO where ATTACH was expected'],
  ] as const)('the peer does %s after the welcome', async (what, problem) => {
    const listening = new NativeListening();
    listening.onHello = (handshake) => listening.listener.welcome(handshake, NATIVE_OPTIONS);
    await listening.peer(what);
    await listening.event('problem');
    expect(listening.events).toEqual(['hello 1', 'dropped 1', `problem ${problem}`]);
  });

  test('it takes too long', async () => {
    const listening = new NativeListening({ handshakeTimeoutMs: 20 });
    expect((await listening.dial()).failure).toMatchObject({ code: 14 });
    expect(listening.events).toEqual(['hello 1', 'dropped 1', 'problem handshake not finished in time']);
  });

  test('the listener closes first', async () => {
    const listening = new NativeListening({ handshakeTimeoutMs: 20 });
    const dialled = listening.dial();
    await listening.event('hello');
    await listening.close();
    expect(listening.events).toEqual([
      'hello 1',
      'closed',
      'dropped 1',
      'problem handshake not finished in time',
    ]);
    await dialled;
  });
});

test('one that was never announced is not dropped', async () => {
  const listening = new NativeListening();
  expect(await listening.takeOver()).toMatchObject({ code: 10, message: 'not now' });
  await listening.close();
  expect(listening.events).toEqual(['takeover 1', 'closed']);
});
