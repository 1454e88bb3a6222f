import { once } from 'node:events';
import { parentPort } from 'node:worker_threads';
import type { Transport } from '../transport.js';
import {
  type AnswerMessage,
  answerMessage,
  asTheyAre,
  type CallMessage,
  MessageCalls,
} from './shared/messages.js';
import { node } from './shared/version.js';

export const transport: Transport = {
  kind: 'peer',
  summary: 'MessagePort between two threads of one process, structured clone',
  version: node,
  doesLess: 'two threads of one process: when one of them crashes, so does the other',
  remarks: {
    clientCpuUsPerCall: "the server's as well, which is a thread of the same process",
    firstConnectAndCallMs: 'with the start of the server, a thread',
  },
  serverStartedBy: 'client',
  cannot: {
    'idle-connections': 'a connection is a thread of its own',
    'fan-in': 'the server is a thread of its only client',
    chain: 'the server is a thread of its only client',
    placement: 'both ends are threads of one process, which is placed as a whole',
  },

  async startServer({ checked }) {
    const port = parentPort!;
    port.on('message', async (call: CallMessage) => {
      port.postMessage(await answerMessage(call, checked, asTheyAre));
    });
    return {
      address: '',
      async close() {
        port.close();
      },
    };
  },

  async connect(_address, { checked, startServerThread }) {
    const worker = startServerThread({});
    await once(worker, 'online');
    const calls = new MessageCalls((call) => worker.postMessage(call), checked, asTheyAre);
    worker.on('message', (answer: AnswerMessage) => calls.accept(answer));
    worker.on('error', (error) => calls.end(error));
    worker.on('exit', () => calls.end(new Error('the server thread ended')));
    return {
      ...calls.methods(),
      async close() {
        await worker.terminate();
      },
    };
  },
};
