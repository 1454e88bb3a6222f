import { describe, expect, test } from 'vitest';
import { Flag, Kind } from '../../src/transport/transport.js';
import type { World } from './bed.js';
import { answered, feed, servePatiently, WINDOW } from './feed-service.js';
import { RawClient } from './raw-client.js';
import { turn, until } from './waiting.js';

/** What a client may send although nobody reads it. */
export function describeStreamLeftovers(world: () => World): void {
  describe('streams that nobody reads', () => {
    test('what is under way when the answer leaves is dropped, within the window and until the end', async () => {
      await servePatiently(world());
      const raw = await RawClient.connect(world().bed.dialer(), feed);
      for (let round = 0; round < 3; round += 1) {
        raw.call(Kind.request, 'early', undefined, 1);
        await until(() => raw.answersTo(1).length === round + 1);
        for (let i = 0; i < 3; i += 1) raw.item('put', 1, new Uint8Array(500));
        // Nor is half an item the client's fault.
        raw.piece(1, new Uint8Array(10), Flag.more);
        raw.control(Kind.inputEnd, 1);
      }
      raw.call(Kind.request, 'say', 'x', 1);
      await until(() => raw.answersTo(1).length === 4);
      expect(raw.closed).toBe(undefined);
      // No credit was given for what nobody read.
      expect(raw.received.filter(({ kind }) => kind === Kind.inputWindow)).toEqual([]);
      expect(world().log).toEqual([]);
      raw.connection.close();
    });

    test('credit for a call that is over, or was never there, is nobody’s', async () => {
      await servePatiently(world());
      const raw = await RawClient.connect(world().bed.dialer(), feed);
      raw.call(Kind.request, 'say', 'x', 1);
      await answered(raw, 1);
      for (const callId of [1, 2]) {
        raw.connection.send(Kind.outputWindow, 0, 60_000, callId, 2 ** 31, new Uint8Array(0), 0, 0);
      }
      raw.call(Kind.request, 'say', 'y', 2);
      await answered(raw, 2);
      raw.connection.close();
    });

    test('a reader that has stopped holds one window, and one item above it, however large items are', async () => {
      const { reading } = await servePatiently(world());
      const raw = await RawClient.connect(world().bed.dialer(), feed);
      raw.call(Kind.request, 'put', undefined, 1);
      // Items of four pieces, as far as there is credit: of the first one all, of the second one the window.
      let bytesLeft = WINDOW.streamWindowBytes;
      let itemsLeft = WINDOW.streamWindowItems;
      let credits = 0;
      const look = () => {
        const given = raw.received.filter(({ kind }) => kind === Kind.inputWindow);
        for (const { aux } of given.slice(credits)) bytesLeft += aux;
        credits = given.length;
      };
      const pieces = itemInPieces();
      let sent = 0;
      for (let idle = 0; idle < 50; ) {
        look();
        const piece = pieces[sent % pieces.length] as Uint8Array;
        const last = sent % pieces.length === pieces.length - 1;
        if (piece.length > bytesLeft || itemsLeft === 0) {
          await turn();
          idle += 1;
          continue;
        }
        raw.piece(1, piece, last ? 0 : Flag.more);
        bytesLeft -= piece.length;
        if (last) itemsLeft -= 1;
        sent += 1;
        idle = 0;
      }
      const held = sent * 900;
      expect(held).toBeLessThanOrEqual(4_096 + WINDOW.streamWindowBytes);
      // And goes on when it is read.
      reading.open();
      await until(() => {
        look();
        return bytesLeft >= 900;
      });
      while (sent % pieces.length !== 0) {
        look();
        if (bytesLeft >= 900) {
          const last = sent % pieces.length === pieces.length - 1;
          raw.piece(1, pieces[sent % pieces.length] as Uint8Array, last ? 0 : Flag.more);
          bytesLeft -= 900;
          sent += 1;
        } else await turn();
      }
      raw.control(Kind.inputEnd, 1);
      await answered(raw, 1);
      expect(raw.answersTo(1)[0]?.kind).toBe(Kind.reply);
      raw.connection.close();
    });
  });
}

/** An item of 4,000 bytes or so, as it is encoded, in pieces of 900. */
function itemInPieces(): Uint8Array[] {
  const length = 3_600 - 3;
  const encoded = new Uint8Array(3_600);
  // msgpack: bin 16
  encoded.set([0xc5, length >> 8, length & 0xff]);
  return [0, 900, 1_800, 2_700].map((start) => encoded.slice(start, start + 900));
}
