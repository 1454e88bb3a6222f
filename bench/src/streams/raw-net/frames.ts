/** Frames over a raw Unix socket, as fast as node lets them go: see `netBytes` in transports/settings.ts. */
import { once } from 'node:events';
import { createConnection, createServer, type Socket } from 'node:net';
import { netBytes } from '../../transports/settings.js';
import { Assembly } from './assembly.js';

const { headerBytes, writableHighWaterMark } = netBytes;

/** How a receiver gets at what the socket holds. */
export type Reading = 'onread' | 'data';

/** @returns whether there is room for more */
export function writeFrame(socket: Socket, body: Uint8Array): boolean {
  const header = Buffer.allocUnsafe(headerBytes);
  header.writeUInt32LE(body.length);
  socket.cork();
  socket.write(header);
  const hasRoom = socket.write(body);
  socket.uncork();
  return hasRoom;
}

/** Listens; `onSocket` for everyone who comes. */
export async function listenRaw(path: string, onSocket: (socket: Socket) => void): Promise<void> {
  const server = createServer({ highWaterMark: writableHighWaterMark }, (socket) => {
    socket.on('error', () => {});
    onSocket(socket);
  });
  server.listen(path);
  await once(server, 'listening');
}

/** Connects, and hands over each body that comes. Only who connects can have `onread`: node offers it to no server. */
export async function connectRaw(
  path: string,
  reading: Reading,
  maxBodyBytes: number,
  onBody: (body: Uint8Array, socket: Socket) => void,
): Promise<Socket> {
  const assembly = new Assembly(maxBodyBytes, (body) => onBody(body, socket));
  const onread = {
    buffer: () => assembly.free,
    callback: (bytes: number) => {
      assembly.advance(bytes);
      return true;
    },
  };
  const socket = createConnection({ path, ...(reading === 'onread' && { onread }) });
  if (reading === 'data') socket.on('data', (chunk: Buffer) => assembly.add(chunk));
  await once(socket, 'connect');
  return socket;
}
