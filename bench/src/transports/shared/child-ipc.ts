/** child_process IPC from parent to child; its transports differ in how node serializes the messages. */
import type { ForkOptions, Serializable } from 'node:child_process';
import { once } from 'node:events';
import type { ClientSurroundings, Connection, RunningServer, ServerSurroundings } from '../../transport.js';
import {
  type AnswerMessage,
  answerMessage,
  type BytesFormat,
  type CallMessage,
  MessageCalls,
} from './messages.js';

/** Between processes of which one has started the other. */
export const childCannot = {
  'idle-connections': 'a connection is a child process of its own',
  'fan-in': 'the server is the child of its only client',
  chain: 'the server is the child of its only client',
  placement: 'the server is started by its client and shares its CPUs',
} as const;

/** Connecting starts the server here. */
export const childRemarks = {
  firstConnectAndCallMs: 'with the start of the server, a process of Node',
} as const;

export async function serveParent(
  { checked }: ServerSurroundings,
  format: BytesFormat,
): Promise<RunningServer> {
  process.on('message', async (call) => {
    process.send!((await answerMessage(call as CallMessage, checked, format)) as Serializable);
  });
  return {
    address: '',
    async close() {
      process.disconnect();
    },
  };
}

export async function connectChild(
  options: ForkOptions,
  { checked, forkServer }: ClientSurroundings,
  format: BytesFormat,
): Promise<Connection> {
  const child = forkServer(options);
  await once(child, 'spawn');
  const calls = new MessageCalls((call) => child.send(call as unknown as Serializable), checked, format);
  child.on('message', (message) => calls.accept(message as unknown as AnswerMessage));
  child.on('exit', () => calls.end(new Error('the child process ended')));
  return {
    ...calls.methods(),
    async close() {
      child.kill();
    },
  };
}
