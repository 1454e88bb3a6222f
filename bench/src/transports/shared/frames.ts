/**
 * Length-prefixed frames over a byte stream: what one writes by hand when a framework seems too slow.
 *
 *     u32 body bytes | u32 call id | u8 status (0 fine, 1 refused) | body
 */
import type { Socket } from 'node:net';
import { netFrames } from '../settings.js';

const { headerBytes, maxBodyBytes } = netFrames;

export type OnFrame = (callId: number, status: number, body: string) => void;

export function writeFrame(socket: Socket, callId: number, status: number, body: string): void {
  const bodyBytes = Buffer.byteLength(body);
  const frame = Buffer.allocUnsafe(headerBytes + bodyBytes);
  frame.writeUInt32LE(bodyBytes, 0);
  frame.writeUInt32LE(callId, 4);
  frame[8] = status;
  frame.write(body, headerBytes, 'utf8');
  socket.write(frame);
}

/** Calls `onFrame` for every whole frame; what is written meanwhile leaves in one system call. */
export function readFrames(socket: Socket, onFrame: OnFrame): void {
  let rest: Buffer | undefined;
  socket.on('data', (chunk: Buffer) => {
    const bytes = rest ? Buffer.concat([rest, chunk]) : chunk;
    let at = 0;
    socket.cork();
    while (bytes.length - at >= headerBytes) {
      const bodyBytes = bytes.readUInt32LE(at);
      if (bodyBytes > maxBodyBytes) {
        socket.destroy(new Error(`a frame of ${bodyBytes} bytes`));
        return;
      }
      const end = at + headerBytes + bodyBytes;
      if (bytes.length < end) break;
      onFrame(bytes.readUInt32LE(at + 4), bytes[at + 8]!, bytes.toString('utf8', at + headerBytes, end));
      at = end;
    }
    socket.uncork();
    rest = at < bytes.length ? bytes.subarray(at) : undefined;
  });
}
