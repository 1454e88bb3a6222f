import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { NativeConnection, NativeConnectionOptions } from '@doorcall/native';
import { expect, onTestFinished, test, vi } from 'vitest';
import { turn, until } from '../behaviour/waiting.js';
import { NATIVE_OPTIONS, NativeListening } from './support/native-listener.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
// Node 20 has it behind a flag.
if (!('transfer' in ArrayBuffer.prototype)) setFlagsFromString('--harmony-rab-gsab-transfer');
const transfer = runInNewContext('ArrayBuffer.prototype.transfer') as (length?: number) => ArrayBuffer;
/** Mappings of arenas in this process. */
const mappings = () => readFileSync('/proc/self/maps', 'utf8').match(/memfd:doorcall-arena/g)?.length ?? 0;

async function collected(done: () => boolean): Promise<void> {
  while (!done()) {
    collectGarbage();
    await turn();
  }
}

const sink = { onBatch: (bytes: number) => bytes, onWritable() {}, onClose() {} };

interface Ends {
  readonly sender: NativeConnection;
  readonly receiver: NativeConnection;
  /** The receiver's connection has ended. */
  readonly ended: Promise<void>;
  /** A blob of the sender's, seen by the receiver. @returns its serial */
  borrow(bytes: Uint8Array): number;
}

/** @param hello of the receiver */
async function connected(hello: Partial<NativeConnectionOptions> = {}): Promise<Ends> {
  const listening = new NativeListening();
  const options = { ...NATIVE_OPTIONS, ...hello };
  listening.onHello = (handshake) => listening.listener.welcome(handshake, options);
  const { connection } = await listening.dial();
  await listening.event('connection');
  const sender = connection as NativeConnection;
  const receiver = listening.connections[0] as NativeConnection;
  onTestFinished(() => {
    for (const one of [sender, receiver]) one.close('');
  });
  sender.start(sink);
  const ended = new Promise<void>((resolve) => receiver.start({ ...sink, onClose: () => resolve() }));
  return {
    sender,
    receiver,
    ended,
    borrow(bytes) {
      expect(sender.placeBlob(bytes)).toBe(0);
      const [segment, slot, offset, length] = sender.blob as unknown as [number, number, number, number];
      return receiver.borrowBlob(segment, slot, offset, length);
    },
  };
}

const heldBlobs = (connection: NativeConnection): number => connection.blobCounts()[5];

/** Until the other side has had back what was released. */
async function settled({ sender }: Ends): Promise<void> {
  while (sender.blobCounts()[1] > 0) await turn();
}

test('a number that is no serial is harmless', async () => {
  const ends = await connected();
  const { sender, receiver, borrow } = ends;
  const serial = borrow(new Uint8Array(5_000).fill(7));
  expect(serial).toBeGreaterThanOrEqual(1);
  const foreign = [0, -1, -serial, serial + 1, serial + 0.5, Number.NaN, Infinity, 2 ** 53, 2 ** 64];
  for (const none of [...foreign, undefined, null, 'x', {}, `${serial}`] as number[]) {
    expect(receiver.viewBlob(none)).toHaveLength(0);
    expect(receiver.readBlob(none)).toBeUndefined();
    expect(receiver.copyBlob(none, 0, 10)).toBeUndefined();
    receiver.releaseBlob(none, undefined);
  }
  // Of another connection.
  expect(sender.copyBlob(serial, 0, 1)).toBeUndefined();
  expect(sender.readBlob(serial)).toBeUndefined();
  sender.releaseBlob(serial, undefined);
  await turn();
  expect(heldBlobs(receiver)).toBe(1);
  expect(receiver.copyBlob(serial, 4_998, 9_000)).toEqual(new Uint8Array(2).fill(7));
  expect(receiver.copyBlob(serial, 3, 1)).toEqual(new Uint8Array(0));
  receiver.releaseBlob(serial, undefined);
  await settled(ends);
});

test('a released serial names nothing, at once and for ever', async () => {
  const ends = await connected();
  const { receiver, borrow } = ends;
  const bytes = new Uint8Array(5_000).fill(1);
  const released = borrow(bytes);
  receiver.releaseBlob(released, undefined);
  // The memory is not given back before the turn of the loop, but nobody sees it any more.
  expect(heldBlobs(receiver)).toBe(1);
  expect(receiver.copyBlob(released, 0, 1)).toBeUndefined();
  expect(receiver.readBlob(released)).toBeUndefined();
  expect(receiver.viewBlob(released)).toHaveLength(0);
  receiver.releaseBlob(released, undefined);
  await settled(ends);
  expect(heldBlobs(receiver)).toBe(0);
  const next = borrow(bytes.fill(2));
  expect(next).toBeGreaterThan(released);
  receiver.releaseBlob(released, undefined);
  await turn();
  expect(receiver.copyBlob(released, 0, 1)).toBeUndefined();
  expect(receiver.copyBlob(next, 0, 1)).toEqual(Uint8Array.of(2));
  const view = receiver.viewBlob(next);
  expect(view).toHaveLength(5_000);
  // Two arrays on one address would end the process.
  expect(receiver.viewBlob(next)).toHaveLength(0);
  receiver.releaseBlob(next, view);
  expect(view).toHaveLength(0);
  await settled(ends);
});

test('what is asked for twice stays until the array of the first time is gone', async () => {
  const ends = await connected();
  const { receiver, borrow } = ends;
  const serial = borrow(new Uint8Array(5_000).fill(6));
  const view = receiver.viewBlob(serial);
  expect(receiver.viewBlob(serial)).toHaveLength(0);
  // The empty array of the second time goes, and takes nothing with it.
  for (let i = 0; i < 5; i++) {
    collectGarbage();
    await turn();
  }
  expect(heldBlobs(receiver)).toBe(1);
  expect(view.at(-1)).toBe(6);
  receiver.releaseBlob(serial, view);
  await settled(ends);
});

test('what is read lies in one buffer, which is never detached, and may be collected', async () => {
  const ends = await connected();
  const { receiver, borrow } = ends;
  const first = borrow(new Uint8Array(5_000).fill(3));
  const second = borrow(new Uint8Array(70_000).fill(4));
  const [one, other] = [receiver.readBlob(first), receiver.readBlob(second)] as [Uint8Array, Uint8Array];
  expect(other.buffer).toBe(one.buffer);
  expect([one.length, one.at(-1), other.length, other.at(-1)]).toEqual([5_000, 3, 70_000, 4]);
  // What was written is not there when the memory is used again.
  one.fill(9);
  receiver.releaseBlob(first, undefined);
  // The sender has it back.
  await until(() => ends.sender.blobCounts()[1] < 75_000);
  collectGarbage();
  const third = borrow(new Uint8Array(5_000).fill(5));
  expect(receiver.readBlob(third)?.every((byte) => byte === 5)).toBe(true);
  expect(one.every((byte) => byte === 5)).toBe(true);
  // The buffer of all blobs does not go to another thread with one of them.
  structuredClone(one.buffer, { transfer: [one.buffer as ArrayBuffer] });
  expect(other.at(-1)).toBe(4);
  // It can be taken away all the same: then there is an array of its own.
  transfer.call(one.buffer, 1);
  expect(receiver.readBlob(second)).toBeUndefined();
  expect(receiver.viewBlob(second).at(-1)).toBe(4);
  for (const serial of [second, third]) receiver.releaseBlob(serial, undefined);
  await settled(ends);
});

test('more views than there are records under way may be given back at once', async () => {
  const ends = await connected({ maxBlobBytes: 2 ** 30 });
  const { sender, receiver } = ends;
  const memory = sender.allocateBlob(1) as Uint8Array;
  // The receiver has room for few views of one page, and gives back the others at once.
  const loans = 100_000;
  const over = vi.fn();
  void ends.ended.then(over);
  for (let i = 0; i < loans; i++) {
    expect(sender.placeBlob(memory)).toBe(0);
    const [segment, slot, offset, length] = sender.blob as unknown as [number, number, number, number];
    const serial = receiver.borrowBlob(segment, slot, offset, length);
    if (serial > 0) receiver.releaseBlob(serial, undefined);
  }
  expect(heldBlobs(receiver)).toBe(loans);
  await settled(ends);
  expect(heldBlobs(receiver)).toBe(0);
  await turn();
  expect(over).not.toHaveBeenCalled();
  expect(sender.placeBlob(memory)).toBe(0);
});

test('a serial is good when the connection has ended, until it is released', async () => {
  const { sender, receiver, ended, borrow } = await connected();
  const first = borrow(new Uint8Array(5_000).fill(3));
  const second = borrow(new Uint8Array(5_000).fill(4));
  receiver.releaseBlob(borrow(new Uint8Array(9).fill(5)), undefined);
  sender.close('');
  await ended;
  expect(receiver.borrowBlob(1, 1, 0, 1)).toBe(-5);
  expect(heldBlobs(receiver)).toBe(2);
  expect(receiver.copyBlob(first, 0, 2)).toEqual(Uint8Array.of(3, 3));
  const view = receiver.viewBlob(second);
  view.fill(9);
  expect(receiver.copyBlob(second, 4_999, 5_000)).toEqual(Uint8Array.of(9));
  receiver.releaseBlob(first, undefined);
  expect(receiver.copyBlob(first, 0, 2)).toBeUndefined();
  expect(heldBlobs(receiver)).toBe(1);
  receiver.releaseBlob(second, view);
  expect(view).toHaveLength(0);
  expect(heldBlobs(receiver)).toBe(0);
  receiver.releaseBlob(second, undefined);
  expect(receiver.viewBlob(second)).toHaveLength(0);
});

test.each([0, 2])(
  'the memory of a connection that has ended goes with the last of %d views',
  async (count) => {
    await collected(() => mappings() === 0);
    const { sender, receiver, ended, borrow } = await connected();
    receiver.releaseBlob(borrow(new Uint8Array(5_000)), undefined);
    const serials = Array.from({ length: count }, () => borrow(new Uint8Array(5_000)));
    sender.close('');
    await ended;
    await collected(() => mappings() === (count === 0 ? 0 : 1));
    for (const serial of serials) {
      expect(receiver.copyBlob(serial, 0, 1)).toEqual(Uint8Array.of(0));
      expect(mappings()).toBe(1);
      receiver.releaseBlob(serial, undefined);
    }
    expect(mappings()).toBe(0);
    expect(receiver.blobCounts()).toEqual(Array(7).fill(0));
  },
);
