/**
 * Length-prefixed frames over a byte stream: what one writes by hand when a framework seems too slow.
 *
 *     u32 body bytes | u32 call id | u8 kind | body
 */
import type { Socket } from 'node:net';
import { netFrames } from '../settings.js';

const { headerBytes, maxBodyBytes, readBytes } = netFrames;

/** @param kind what the body is; a number that the two ends agree on */
export type OnFrame = (callId: number, kind: number, body: Buffer) => void;

export function writeFrame(socket: Socket, callId: number, kind: number, body: string | Uint8Array): void {
  if (typeof body === 'string') {
    const bodyBytes = Buffer.byteLength(body);
    const frame = newFrame(bodyBytes, headerBytes + bodyBytes, callId, kind);
    frame.write(body, headerBytes, 'utf8');
    socket.write(frame);
  } else {
    // Bytes leave from where they are: both writes are one `writev`.
    socket.cork();
    socket.write(newFrame(body.byteLength, headerBytes, callId, kind));
    socket.write(body);
    socket.uncork();
  }
}

function newFrame(bodyBytes: number, size: number, callId: number, kind: number): Buffer {
  const frame = Buffer.allocUnsafe(size);
  frame.writeUInt32LE(bodyBytes, 0);
  frame.writeUInt32LE(callId, 4);
  frame[8] = kind;
  return frame;
}

/** Calls `onFrame` for every whole frame; what is written meanwhile leaves in one system call. */
export function readFrames(socket: Socket, onFrame: OnFrame): void {
  /** Pieces of a frame that is not whole yet, and how many bytes it takes at least. */
  let pieces: Buffer[] = [];
  let pieceBytes = 0;
  let wanted = headerBytes;
  socket.on('data', (chunk: Buffer) => {
    let bytes = chunk;
    if (pieceBytes > 0) {
      pieces.push(chunk);
      pieceBytes += chunk.byteLength;
      // Put together only when it is whole: a long frame comes in many pieces.
      if (pieceBytes < wanted) return;
      bytes = Buffer.concat(pieces, pieceBytes);
    }
    let at = 0;
    wanted = headerBytes;
    socket.cork();
    while (bytes.length - at >= headerBytes) {
      const bodyBytes = bytes.readUInt32LE(at);
      if (bodyBytes > maxBodyBytes) {
        socket.destroy(new Error(`a frame of ${bodyBytes} bytes`));
        return;
      }
      const end = at + headerBytes + bodyBytes;
      if (bytes.length < end) {
        wanted = end - at;
        break;
      }
      onFrame(bytes.readUInt32LE(at + 4), bytes[at + 8]!, bytes.subarray(at + headerBytes, end));
      at = end;
    }
    socket.uncork();
    pieces = at < bytes.length ? [bytes.subarray(at)] : [];
    pieceBytes = bytes.length - at;
  });
}

/**
 * Takes frames apart in memory that is used again: for a socket with `onread`, whose bytes the kernel writes where they
 * belong. A body is to be read or copied before `onFrame` returns.
 */
export class FrameMemory {
  readonly #onFrame: OnFrame;
  #memory = Buffer.allocUnsafeSlow(readBytes);
  #filled = 0;

  constructor(onFrame: OnFrame) {
    this.#onFrame = onFrame;
  }

  /** Where the next bytes belong; never empty. */
  get free(): Uint8Array {
    return this.#memory.subarray(this.#filled);
  }

  /**
   * The first `bytes` of {@link free} have come.
   * @throws RangeError for a frame of absurd length
   */
  advance(bytes: number): void {
    this.#filled += bytes;
    const memory = this.#memory;
    let at = 0;
    let wanted = headerBytes;
    while (this.#filled - at >= headerBytes) {
      const bodyBytes = memory.readUInt32LE(at);
      if (bodyBytes > maxBodyBytes) throw new RangeError(`a frame of ${bodyBytes} bytes`);
      wanted = headerBytes + bodyBytes;
      if (this.#filled - at < wanted) break;
      this.#onFrame(
        memory.readUInt32LE(at + 4),
        memory[at + 8]!,
        memory.subarray(at + headerBytes, at + wanted),
      );
      at += wanted;
      wanted = headerBytes;
    }
    this.#keepFrom(at, wanted);
  }

  /** Moves a frame that is not whole yet to the beginning, where it has room. */
  #keepFrom(at: number, wanted: number): void {
    if (wanted > this.#memory.length) {
      const larger = Buffer.allocUnsafeSlow(wanted);
      this.#memory.copy(larger, 0, at, this.#filled);
      this.#memory = larger;
    } else if (at > 0) {
      this.#memory.copyWithin(0, at, this.#filled);
    }
    this.#filled -= at;
  }
}
