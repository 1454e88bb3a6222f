import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { FrameMemory, readFrames, writeFrame } from '../src/transports/shared/frames.js';

type Frame = [callId: number, kind: number, body: string];

const frames: Frame[] = [
  [1, 0, 'first'],
  [2, 1, ''],
  [0xffffffff, 0, 'größer als ein Byte je Zeichen'],
];

/** The bytes that a sender puts on the wire. */
function bytesOf(list: readonly Frame[]): Buffer {
  const chunks: Buffer[] = [];
  const sender = new Socket();
  sender.write = (chunk: Uint8Array | string) => {
    chunks.push(Buffer.from(chunk as Uint8Array));
    return true;
  };
  for (const [callId, kind, body] of list) writeFrame(sender, callId, kind, body);
  return Buffer.concat(chunks);
}

/** What a receiver makes of bytes that arrive in these pieces. */
function read(pieces: readonly Buffer[]): { socket: Socket; received: Frame[] } {
  const socket = new Socket();
  const received: Frame[] = [];
  readFrames(socket, (callId, kind, body) => received.push([callId, kind, body.toString()]));
  for (const piece of pieces) socket.emit('data', piece);
  return { socket, received };
}

describe('frames', () => {
  const bytes = bytesOf(frames);

  it('arrive whole when they come together', () => {
    expect(read([bytes]).received).toEqual(frames);
  });

  it('arrive whole wherever the stream is cut', () => {
    for (let cut = 0; cut <= bytes.length; cut++) {
      expect(read([bytes.subarray(0, cut), bytes.subarray(cut)]).received).toEqual(frames);
    }
    expect(read([...bytes].map((byte) => Buffer.of(byte))).received).toEqual(frames);
  });

  it('of absurd length end the connection', () => {
    const socket = new Socket();
    const ended = new Promise<Error>((resolve) => socket.once('error', resolve));
    readFrames(socket, () => {});
    socket.emit('data', Buffer.alloc(64, 0xff));
    return expect(ended).resolves.toMatchObject({ message: 'a frame of 4294967295 bytes' });
  });
});

describe('frames in memory that is used again', () => {
  const bytes = bytesOf([...frames, [7, 2, 'x'.repeat(200_000)], ...frames]);
  const expected = [...frames, [7, 2, 'x'.repeat(200_000)], ...frames];

  /** As the kernel does it: as much as there is room for, at most so many bytes at a time. */
  function readBy(most: number): Frame[] {
    const received: Frame[] = [];
    const memory = new FrameMemory((callId, kind, body) => received.push([callId, kind, body.toString()]));
    for (let at = 0; at < bytes.length; ) {
      const { free } = memory;
      const count = Math.min(free.length, most, bytes.length - at);
      free.set(bytes.subarray(at, at + count));
      at += count;
      memory.advance(count);
    }
    return received;
  }

  it.each([1, 7, 8, 9, 10, 1_000, 65_536, 1_000_000])('arrive whole in pieces of %d bytes', (most) => {
    expect(readBy(most)).toEqual(expected);
  });

  it('of absurd length are refused', () => {
    const memory = new FrameMemory(() => {});
    memory.free.fill(0xff, 0, 9);
    expect(() => memory.advance(9)).toThrow('a frame of 4294967295 bytes');
  });
});
