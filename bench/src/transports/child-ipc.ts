import { once } from 'node:events';
import type { Receipt } from '../payload.js';
import type { Transport } from '../transport.js';
import { childIpc } from './settings.js';

interface Call {
  id: number;
  order: unknown;
}
type Answer = { id: number; receipt: Receipt } | { id: number; refused: string };

interface PendingCall {
  resolve(receipt: Receipt): void;
  reject(error: Error): void;
}

export const transport: Transport = {
  summary: "child_process IPC from parent to child, 'advanced' serialization",
  serverStartedBy: 'client',
  cannot: { 'idle-connections': 'a connection is a child process of its own' },

  async startServer({ answer }) {
    const send = (message: Answer) => process.send!(message);
    process.on('message', ({ id, order }: Call) => {
      try {
        send({ id, receipt: answer(order) });
      } catch (error) {
        send({ id, refused: String(error) });
      }
    });
    return {
      address: '',
      async close() {
        process.disconnect();
      },
    };
  },

  async connect(_address, { forkServer }) {
    const child = forkServer(childIpc);
    await once(child, 'spawn');
    const pending = new Map<number, PendingCall>();
    let lastId = 0;
    child.on('message', (message) => {
      const answer = message as Answer;
      const call = pending.get(answer.id);
      pending.delete(answer.id);
      if ('receipt' in answer) call?.resolve(answer.receipt);
      else call?.reject(new Error(answer.refused));
    });
    child.on('exit', () => {
      for (const call of pending.values()) call.reject(new Error('the child process ended'));
    });
    return {
      mode: 'async',
      call: (order) =>
        new Promise((resolve, reject) => {
          lastId += 1;
          pending.set(lastId, { resolve, reject });
          child.send({ id: lastId, order } satisfies Call);
        }),
      async close() {
        child.kill();
      },
    };
  },
};
