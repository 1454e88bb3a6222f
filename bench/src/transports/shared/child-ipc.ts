/** child_process IPC from parent to child; its transports differ in how node serializes the messages. */
import type { ForkOptions, Serializable } from 'node:child_process';
import { once } from 'node:events';
import type { ClientSurroundings, Connection, RunningServer, ServerSurroundings } from '../../transport.js';
import { type AnswerMessage, answerMessage, type CallMessage, MessageCalls } from './messages.js';

/** Between processes of which one has started the other. */
export const childCannot = {
  'idle-connections': 'a connection is a child process of its own',
  'fan-in': 'the server is the child of its only client',
  chain: 'the server is the child of its only client',
  placement: 'the server is started by its client and shares its CPUs',
} as const;

export async function serveParent({ checked }: ServerSurroundings): Promise<RunningServer> {
  process.on('message', async (call) => {
    process.send!(await answerMessage(call as unknown as CallMessage, checked));
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
): Promise<Connection> {
  const child = forkServer(options);
  await once(child, 'spawn');
  const calls = new MessageCalls((call) => child.send(call as unknown as Serializable), checked);
  child.on('message', (message) => calls.accept(message as unknown as AnswerMessage));
  child.on('exit', () => calls.end(new Error('the child process ended')));
  return {
    ...calls.methods(),
    async close() {
      child.kill();
    },
  };
}
