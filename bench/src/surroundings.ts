/** What the processes of a trial give to the drivers. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { roleVariable } from './processes/control-messages.js';
import type { ClientSurroundings, ServerSurroundings, Work } from './transport.js';
import { checkedAnswers, checkedWork, work } from './work.js';

/**
 * @param directory a private folder for sockets
 * @param own what the server does
 */
export function serverSurroundings(directory: string, own: Work = work): ServerSurroundings {
  return { directory, work: own, checked: checkedWork(own) };
}

/** @param serverProgram what runs the server where the client has to start it */
export function clientSurroundings(serverProgram: URL): ClientSurroundings {
  const env = { ...process.env, [roleVariable]: 'server' };
  return {
    checked: checkedAnswers,
    forkServer: (options) => {
      return fork(fileURLToPath(serverProgram), { ...options, env, execArgv: process.execArgv });
    },
    startServerThread: (options) => new Worker(serverProgram, { ...options, env }),
  };
}
