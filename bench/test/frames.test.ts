import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { readFrames, writeFrame } from '../src/transports/shared/frames.js';

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
