import { onTestFinished } from 'vitest';
import { connect } from '../../../src/index.js';
import { temporaryFolder } from '../../shm/support/places.js';
import { desk } from '../fixtures/both-ways/contract.mjs';
import { type Actor, launch } from './actor.js';

/** A folder of its own with servers and clients of a desk in processes of their own. */
export class Desk {
  constructor(readonly directory = temporaryFolder()) {}

  async serve(options: object = {}): Promise<Actor> {
    const server = launch('both-ways/server.mjs', { directory: this.directory, ...options });
    await server.event('listening');
    return server;
  }

  async client(options: object = {}): Promise<Actor> {
    const plan = { directory: this.directory, connectTimeoutMs: 60_000, ...options };
    const client = launch('both-ways/client.mjs', plan);
    await client.tell('ready');
    return client;
  }

  /** A client in the test's own process, connected. */
  async connect() {
    const callbacks = { confirm: (text: string) => text, notify: () => {} };
    const plan = { directory: this.directory, connectTimeoutMs: 60_000, callbacks };
    const client = connect(desk, plan);
    onTestFinished(() => client.close());
    await client.ready();
    return client;
  }
}
