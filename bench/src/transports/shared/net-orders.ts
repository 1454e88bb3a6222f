/** The order service over raw sockets; its transports differ in the address. JSON, or bytes as they are. */
import { once } from 'node:events';
import {
  createConnection,
  createServer,
  type ListenOptions,
  type NetConnectOpts,
  type Server,
  type Socket,
} from 'node:net';
import type { CheckedWork, ClientSurroundings, Connection } from '../../transport.js';
import { netServer, netSocket } from '../settings.js';
import { FrameMemory, readFrames, writeFrame } from './frames.js';
import { PendingCalls } from './pending-calls.js';

/** What the body of a request is for. */
const place = 0;
const echo = 1;
const bytes = 2;

/** What the body of an answer is. */
const json = 0;
const refusal = 1;
const asIs = 2;

export async function listen(where: ListenOptions, checked: CheckedWork): Promise<Server> {
  const server = createServer(netServer, (socket) => {
    socket.on('error', () => {});
    readFrames(socket, (callId, kind, body) => answer(socket, callId, kind, body, checked));
  });
  server.listen(where);
  await once(server, 'listening');
  return server;
}

async function answer(socket: Socket, callId: number, kind: number, body: Buffer, checked: CheckedWork) {
  try {
    if (kind === bytes) {
      writeFrame(socket, callId, asIs, checked.bytes(body));
      return;
    }
    const input = JSON.parse(body.toString());
    let output = kind === place ? checked.place(input) : checked.echo(input);
    if (output instanceof Promise) output = await output;
    writeFrame(socket, callId, json, JSON.stringify(output));
  } catch (error) {
    writeFrame(socket, callId, refusal, String(error));
  }
}

export async function connectTo(where: NetConnectOpts, { checked }: ClientSurroundings): Promise<Connection> {
  const pending = new PendingCalls<unknown>();
  const frames = new FrameMemory((callId, kind, body) => {
    if (kind === refusal) pending.reject(callId, body.toString());
    else pending.resolve(callId, kind === json ? JSON.parse(body.toString()) : Buffer.from(body));
  });
  const socket = createConnection({
    ...netSocket,
    ...where,
    onread: {
      buffer: () => frames.free,
      callback(bytes) {
        try {
          frames.advance(bytes);
        } catch (error) {
          socket.destroy(error as Error);
        }
        return true;
      },
    },
  });
  await once(socket, 'connect');
  socket.on('error', (error) => pending.end(error));
  socket.on('close', () => pending.end(new Error('connection closed')));

  let corked = false;
  const uncork = () => {
    corked = false;
    socket.uncork();
  };
  const call = (kind: number, body: string | Uint8Array) =>
    pending.make((id) => {
      // Calls made in the same turn leave in one system call.
      if (!corked) {
        corked = true;
        socket.cork();
        process.nextTick(uncork);
      }
      writeFrame(socket, id, kind, body);
    });
  return {
    mode: 'async',
    place: async (order) => checked.receipt(await call(place, JSON.stringify(order))),
    echo: async (document) => checked.document(await call(echo, JSON.stringify(document))),
    bytes: async (input) => checked.bytes(await call(bytes, input)),
    async close() {
      socket.destroy();
    },
  };
}
