/** Large messages one way, a number back, over a raw Unix socket. */
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { Bytes } from '../contract/streams.service.js';
import { Assembly } from './assembly.js';
import { connectRaw, listenRaw, type Reading, writeFrame } from './frames.js';

/** Makes a call with these bytes and gives what the receiver answered. */
export type Upload = (bytes: Uint8Array) => Promise<number>;

const answerBytes = 8;

/** The receiving process: waits to be called, then connects to who called, so that it can use `onread`. */
export async function serveUploads(
  directory: string,
  reading: Reading,
  maxBytes: number,
  work: (bytes: Uint8Array) => number,
): Promise<void> {
  const answer = (body: Uint8Array, socket: Socket) => {
    writeFrame(socket, new Uint8Array(Float64Array.of(work(Bytes.parse(body))).buffer));
  };
  await listenRaw(join(directory, 'receiver.sock'), () => {
    connectRaw(join(directory, 'sender.sock'), reading, maxBytes, answer);
  });
}

/** The sending process. One call at a time. */
export async function connectUploads(directory: string): Promise<Upload> {
  let resolve: (answer: number) => void;
  let reject: (error: Error) => void;
  const socket = await new Promise<Socket>((found, failed) => {
    listenRaw(join(directory, 'sender.sock'), found)
      .then(() => connectRaw(join(directory, 'receiver.sock'), 'data', answerBytes, () => {}))
      .catch(failed);
  });
  const answers = new Assembly(answerBytes, (body) => {
    resolve(new DataView(body.buffer, body.byteOffset).getFloat64(0, true));
  });
  socket.on('data', (chunk: Buffer) => answers.add(chunk));
  socket.on('close', () => reject?.(new Error('the receiver is gone')));
  return (bytes) =>
    new Promise((done, failed) => {
      resolve = done;
      reject = failed;
      writeFrame(socket, bytes);
    });
}
