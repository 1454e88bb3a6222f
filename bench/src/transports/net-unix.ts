import { once } from 'node:events';
import { createConnection, createServer } from 'node:net';
import { join } from 'node:path';
import type { Receipt } from '../payload.js';
import type { Transport } from '../transport.js';
import { readFrames, writeFrame } from './shared/frames.js';

interface PendingCall {
  resolve(receipt: Receipt): void;
  reject(error: Error): void;
}

export const transport: Transport = {
  summary: 'node:net over a Unix socket, length-prefixed JSON frames, many calls in flight on one socket',
  serverStartedBy: 'runner',

  async startServer({ answer, directory }) {
    const address = join(directory, 'net.sock');
    const server = createServer((socket) => {
      socket.on('error', () => {});
      readFrames(socket, (callId, _status, body) => {
        try {
          writeFrame(socket, callId, 0, JSON.stringify(answer(JSON.parse(body))));
        } catch (error) {
          writeFrame(socket, callId, 1, String(error));
        }
      });
    });
    server.listen(address);
    await once(server, 'listening');
    return {
      address,
      async close() {
        server.close();
      },
    };
  },

  async connect(address) {
    const socket = createConnection(address);
    await once(socket, 'connect');
    const pending = new Map<number, PendingCall>();
    let lastCallId = 0;
    let corked = false;
    const uncork = () => {
      corked = false;
      socket.uncork();
    };
    const failAll = (error: Error) => {
      for (const call of pending.values()) call.reject(error);
      pending.clear();
    };
    socket.on('error', failAll);
    socket.on('close', () => failAll(new Error('connection closed')));
    readFrames(socket, (callId, status, body) => {
      const call = pending.get(callId);
      pending.delete(callId);
      if (status === 0) call?.resolve(JSON.parse(body));
      else call?.reject(new Error(body));
    });
    return {
      mode: 'async',
      call: (order) =>
        new Promise((resolve, reject) => {
          lastCallId = (lastCallId + 1) >>> 0;
          pending.set(lastCallId, { resolve, reject });
          // Calls made in the same turn leave in one system call.
          if (!corked) {
            corked = true;
            socket.cork();
            process.nextTick(uncork);
          }
          writeFrame(socket, lastCallId, 0, JSON.stringify(order));
        }),
      async close() {
        socket.destroy();
      },
    };
  },
};
