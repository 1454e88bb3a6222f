import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { onTestFinished } from 'vitest';
import { type Project, project } from '../../../codegen/test/load/support/project.js';
import type { BenchResult } from '../../src/bench/result.js';
import { doorcall, type Ended, Running } from '../support/command.js';

/** JavaScript and TypeScript at once: the server runs it as it is, the command as TypeScript. */
const CONTRACT = `
import { defineService, stream } from '@doorcall/core';
import { blob } from '@doorcall/core/zod';
import { z } from 'zod';

export const orders = defineService('orders', {
  place: {
    input: z.object({ sku: z.string(), quantity: z.int().positive() }),
    output: z.object({ id: z.string() }),
    errors: { OUT_OF_STOCK: { code: 'FAILED_PRECONDITION' } },
  },
  ping: {},
  slow: {},
  audit: { input: z.object({ text: z.string() }), oneway: true },
  watch: { input: z.object({ items: z.int() }), output: stream(z.string()) },
  total: { input: z.array(z.number()), output: z.number() },
  anything: { input: z.unknown() },
  odd: { input: z.object({ at: z.date(), bytes: z.instanceof(Uint8Array), id: z.bigint() }) },
  image: { output: z.object({ pixels: blob() }) },
  upload: { input: stream(z.number()) },
});
export const stock = defineService('stock', { ping: {}, take: { input: z.coerce.date().optional() } });
`;

const SERVER = `
import { serve } from '@doorcall/core';
import { orders, stock } from './orders.service.mjs';

const counts = {};
const note = (name) => {
  counts[name] = (counts[name] ?? 0) + 1;
};
const handlers = {
  place({ sku, quantity }, ctx) {
    note(\`place \${sku} \${ctx.metadata.user ?? ''}\`.trim());
    if (quantity > 99) throw ctx.error('OUT_OF_STOCK');
    return { id: sku };
  },
  ping: () => note('ping'),
  slow: (_, ctx) => new Promise((resolve) => ctx.signal.addEventListener('abort', resolve)),
  audit: ({ text }) => note(\`audit \${text}\`),
  *watch({ items }) {
    note('watch');
    for (let i = 0; i < items; i++) yield String(i);
  },
  total(numbers) {
    note(\`total \${numbers.length}\`);
    return 0;
  },
  anything: (value) => note(JSON.stringify(value)),
  odd({ at, bytes, id }) {
    note(\`odd \${at.getTime()} \${bytes.length} \${id}\`);
  },
  image: (_, ctx) => ({ pixels: ctx.allocate(1_048_576) }),
  async upload() {},
};
const [name] = process.argv.slice(2);
await serve(orders, handlers, name === undefined ? {} : { name });
if (name === undefined) await serve(stock, { ping() {}, take: (at) => note(\`take \${at?.getTime()}\`) });
// Asked for by the tests: what was called so far.
process.on('message', () => process.send(counts));
process.send('ready');
`;

/** A folder with a contract, and a server of it in a process of its own. */
export class Shop {
  readonly made: Project;
  readonly #servers: ChildProcess[] = [];

  constructor(files: Readonly<Record<string, string>> = {}) {
    this.made = project({
      'orders.service.ts': CONTRACT,
      'orders.service.mjs': CONTRACT,
      'server.mjs': SERVER,
      'order.json': '{ "sku": "A-1", "quantity": 2 }',
      ...files,
    });
  }

  get directory(): string {
    return this.made.at('services');
  }

  /** Starts an instance. Resolves when it serves. */
  async serve(...args: readonly string[]): Promise<ChildProcess> {
    const env = { ...process.env, NODE_OPTIONS: '', DOORCALL_DIR: this.directory };
    const server = fork(this.made.at('server.mjs'), args, { cwd: this.made.folder, env });
    this.#servers.push(server);
    onTestFinished(() => {
      server.kill('SIGKILL');
    });
    await once(server, 'message');
    return server;
  }

  /** What a server was called so far. */
  async counts(server = this.#servers[0]): Promise<Record<string, number>> {
    if (server === undefined) throw new Error('there is no server');
    const answer = once(server, 'message');
    server.send('counts');
    return (await answer)[0];
  }

  /** Resolves when a server was called so often. */
  async calledOften(name: string, times: number): Promise<void> {
    while (((await this.counts())[name] ?? 0) < times);
  }

  /** Runs `doorcall bench orders.service.ts …` to its end. */
  bench(...args: readonly string[]): Ended {
    return doorcall(this.made.folder, 'bench', 'orders.service.ts', '--directory', this.directory, ...args);
  }

  /** The same with what it writes as JSON. */
  measure(...args: readonly string[]): Ended & { readonly result: BenchResult } {
    const ended = this.bench(...args, '--json', 'result.json');
    if (ended.exitCode === 2) throw new Error(ended.stderr);
    return { ...ended, result: this.result() };
  }

  result(): BenchResult {
    return JSON.parse(readFileSync(this.made.at('result.json'), 'utf8')) as BenchResult;
  }

  /** A bench that goes on. */
  start(...args: readonly string[]): Running {
    return new Running(
      this.made.folder,
      'bench',
      'orders.service.ts',
      '--directory',
      this.directory,
      ...args,
    );
  }
}
