import { expect, test } from 'vitest';
import { Kind, SendResult } from '../../src/transport/transport.js';
import type { World } from './bed.js';
import { type RawPair, rawPair } from './raw-pair.js';
import { turn, until } from './waiting.js';

const RING = { ringBytes: 4096, maxQueuedMessages: 8 };

/** Requests from the client to a server that takes none any more, until `count` of them wait for space. */
async function fillRing({ client, server }: RawPair, count: number): Promise<void> {
  server.deaf = true;
  client.send(Kind.request, 1);
  await until(() => server.refused > 0);
  while (client.connection.queuedMessages < count) client.send(Kind.request, 1, new Uint8Array(100));
}

/** What a transport does with the pieces of streams' items when there is no space. */
export function describeItems(world: () => World): void {
  for (const kind of [Kind.input, Kind.inputEnd, Kind.output] as const) {
    test(`streams' messages of kind ${kind} wait behind nothing, and are told when nothing waits any more`, async () => {
      const pair = await rawPair(world().bed, {}, RING);
      const { client, server } = pair;
      await fillRing(pair, 8);
      expect(client.send(kind, 2)).toBe(SendResult.full);
      await turn();
      expect(client.writable).toBe(0);
      server.deaf = false;
      // Whoever is told of room finds the queue empty.
      let waiting = -1;
      client.onWritable = () => {
        client.writable += 1;
        waiting = client.connection.queuedMessages;
      };
      server.connection.resume();
      await until(() => client.writable > 0);
      expect(waiting).toBe(0);
      expect(client.send(kind, 3)).toBe(SendResult.accepted);
      await until(() => server.received.at(-1)?.callId === 3);
      expect(client.writable).toBe(1);
      await pair.close();
    });
  }

  for (const kind of [Kind.input, Kind.output] as const) {
    test(`an empty queue takes one item of kind ${kind}`, async () => {
      const pair = await rawPair(world().bed, {}, RING);
      const { client, server } = pair;
      server.deaf = true;
      client.send(kind, 0);
      await until(() => server.refused > 0);
      let sent = 1;
      const piece = new Uint8Array(client.connection.maxPieceBytes);
      while (client.send(kind, sent, piece) === SendResult.accepted) sent += 1;
      expect(client.connection.queuedMessages).toBe(1);
      // Answers and calls may wait behind it all the same.
      expect(client.send(Kind.reply, 1_000)).toBe(SendResult.accepted);
      server.deaf = false;
      server.connection.resume();
      await until(() => server.received.length === sent + 1);
      expect(server.received.map(({ callId }) => callId)).toEqual([...Array(sent).keys(), 1_000]);
      for (const { bytes } of server.received.slice(1, sent)) expect(bytes.length).toBe(piece.length);
      await until(() => client.writable === 1);
      await pair.close();
    });

    test(`an item of kind ${kind} must fit one record`, async () => {
      const pair = await rawPair(world().bed, {}, RING);
      const { connection } = pair.client;
      const tooLarge = new Uint8Array(connection.maxPieceBytes + 1);
      expect(() => pair.client.send(kind, 1, tooLarge)).toThrow(RangeError);
      expect(pair.client.send(Kind.request, 1, tooLarge)).toBe(SendResult.accepted);
      await pair.close();
      const small = await rawPair(world().bed, { server: { maxMessageBytes: 1_024 } });
      expect(small.client.connection.maxPieceBytes).toBe(1_024);
      await small.close();
    });
  }

  test('control messages overtake what waits, whatever it is', async () => {
    const pair = await rawPair(world().bed, {}, RING);
    const { client, server } = pair;
    await fillRing(pair, 3);
    const controls = [
      Kind.cancel,
      Kind.goaway,
      Kind.credit,
      Kind.inputWindow,
      Kind.outputWindow,
      Kind.doorRelease,
    ] as const;
    const waiting = client.connection.queuedMessages;
    for (const kind of controls) expect(client.send(kind, 7)).toBe(SendResult.accepted);
    expect(client.connection.queuedMessages).toBe(waiting);
    // A half-close has its place behind the items.
    expect(client.send(Kind.inputEnd, 8)).toBe(SendResult.full);
    expect(client.connection.queuedMessages).toBe(waiting);
    server.deaf = false;
    server.connection.resume();
    await until(() => client.writable > 0);
    expect(client.send(Kind.inputEnd, 8)).toBe(SendResult.accepted);
    await until(() => server.received.at(-1)?.callId === 8);
    const kinds = server.received.map(({ kind }) => kind);
    const lastControl = kinds.lastIndexOf(Kind.doorRelease);
    expect(kinds.filter((kind) => kind !== Kind.request && kind !== Kind.inputEnd)).toEqual([...controls]);
    // What waited came after them.
    expect(kinds.slice(lastControl).filter((kind) => kind === Kind.request)).toHaveLength(3);
    await pair.close();
  });

  test('withdrawing a call takes no answer of the same number away', async () => {
    const pair = await rawPair(world().bed, {}, RING);
    const { client, server } = pair;
    await fillRing(pair, 1);
    expect(client.send(Kind.reply, 9)).toBe(SendResult.accepted);
    expect(client.connection.withdraw(9)).toBe(false);
    expect(client.send(Kind.request, 9)).toBe(SendResult.accepted);
    expect(client.connection.withdraw(9)).toBe(true);
    server.deaf = false;
    server.connection.resume();
    await until(() => server.received.at(-1)?.kind === Kind.reply);
    expect(server.received.filter(({ callId }) => callId === 9).map(({ kind }) => kind)).toEqual([
      Kind.reply,
    ]);
    await pair.close();
  });
}
