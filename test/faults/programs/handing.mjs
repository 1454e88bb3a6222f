// One name that is taken over again and again, and a client of whoever has it.

import { subscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { serve } from '@doorcall/core';
import { Calls, openFiles } from './calling.mjs';
import { handed } from './contract.mjs';
import { makeHandlers } from './handlers.mjs';

/** A server that was about to hand the name over to one that died waits so long for it, and longer. */
const PATIENCE_MS = 10_000;

/** @returns what serves, and tells when another one has the name */
function serverOf(plan) {
  const { note, executed } = openFiles(plan);
  const handlers = makeHandlers(executed, note);
  const replaced = new EventTarget();
  subscribe('doorcall:server:replaced', () => replaced.dispatchEvent(new Event('now')));
  const options = { directory: plan.directory, logger: false };
  return { replaced, serve: (onTaken) => serve(handed, handlers, { ...options, onTaken }) };
}

/** Serves the name, and takes it back whenever it was taken. */
export async function own(plan) {
  const { replaced, serve } = serverOf(plan);
  replaced.addEventListener('now', () => void patiently(() => serve('replace')));
  await serve('replace');
}

/** Serves beside the owner, then instead of it, until it takes the name back; ends the process. */
export async function takeOver(plan) {
  const { replaced, serve } = serverOf(plan);
  const beside = await serve('join');
  await beside.drain();
  const over = once(replaced, 'now');
  const server = await patiently(() => serve('replace'));
  await over;
  await server.drain();
  process.exit(0);
}

async function patiently(serve) {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await serve();
    } catch (error) {
      if (error.code !== 'ALREADY_EXISTS' || performance.now() > until) throw error;
    }
  }
}

/** Makes one call after the other. */
export class Caller {
  answered = 0;
  #plan;
  #files;
  #client;
  #calls;
  #resting = Promise.resolve();

  constructor(plan) {
    this.#plan = plan;
    this.#files = openFiles(plan);
    this.#client = new Calls(plan, this.#files).connect(handed);
  }

  /** From now on with this tag. */
  callOn(tag) {
    const calls = new Calls({ ...this.#plan, tag }, this.#files);
    this.#calls = calls;
    this.#resting = this.#resting.then(async () => {
      while (this.#calls === calls) {
        if (await calls.call(this.#client, { waitMs: 1 })) this.answered += 1;
        await sleep(1);
      }
    });
  }

  /** Resolves when no call is under way. */
  pause() {
    this.#calls = undefined;
    return this.#resting;
  }
}
