/**
 * The control channel between the runner and the processes of a trial: JSON lines over a Unix socket. It is
 * not node's own IPC, because a process that another one has forked must be reachable just the same.
 */
import type { Socket } from 'node:net';

/** What a process can be asked for: a name for each command, with its argument and result. */
export type Commands = Record<string, { argument: unknown; result: unknown }>;

export type ControlMessage =
  | { kind: 'hello'; role: string }
  | { kind: 'ask'; id: number; command: string; argument: unknown }
  | { kind: 'answer'; id: number; result: unknown }
  | { kind: 'failure'; id: number; error: string };

/** Environment variables by which a process learns where to report and as what. */
export const controlVariable = 'DOORCALL_BENCH_CONTROL';
export const roleVariable = 'DOORCALL_BENCH_ROLE';

export function sendMessage(socket: Socket, message: ControlMessage): void {
  socket.write(`${JSON.stringify(message)}\n`);
}

export function onMessages(socket: Socket, onMessage: (message: ControlMessage) => void): void {
  let rest = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop()!;
    for (const line of lines) onMessage(JSON.parse(line));
  });
}
