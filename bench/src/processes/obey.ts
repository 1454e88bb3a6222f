import { createConnection } from 'node:net';
import { type Commands, controlVariable, onMessages, roleVariable, sendMessage } from './control-messages.js';

export type CommandHandlers<C extends Commands> = {
  [K in keyof C]: (argument: C[K]['argument']) => C[K]['result'] | Promise<C[K]['result']>;
};

/** Makes this process do what the runner asks, until the runner goes away: then it ends, too. */
export function obey<C extends Commands>(handlers: CommandHandlers<C>): void {
  const path = process.env[controlVariable];
  const role = process.env[roleVariable];
  if (path === undefined || role === undefined) {
    process.stderr.write(
      'This program is a part of the bench and is started by it: npm run bench -- --help\n',
    );
    process.exit(2);
  }
  const socket = createConnection(path);
  socket.on('error', () => process.exit(0));
  socket.on('close', () => process.exit(0));
  sendMessage(socket, { kind: 'hello', role });
  onMessages(socket, async (message) => {
    if (message.kind !== 'ask') return;
    const { id, command, argument } = message;
    try {
      const handler = handlers[command];
      if (handler === undefined) throw new Error(`no command ${command}`);
      sendMessage(socket, { kind: 'answer', id, result: await handler(argument) });
    } catch (error) {
      sendMessage(socket, {
        kind: 'failure',
        id,
        error: error instanceof Error ? error.message : String(error),
      });
    }
  });
}
