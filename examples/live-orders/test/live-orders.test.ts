import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { OrderEvent } from '../src/live-orders.js';

/** A process of the example, as `npm start` starts them. */
class Process {
  output = '';
  readonly child: ChildProcess;
  readonly exited: Promise<number | null>;
  readonly #lines = new Set<() => void>();

  constructor(file: string, directory: string, ...args: string[]) {
    this.child = spawn(
      process.execPath,
      [fileURLToPath(new URL(`../dist/${file}`, import.meta.url)), ...args],
      {
        env: { ...process.env, DOORCALL_DIR: directory },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on('data', (chunk) => {
        this.output += chunk;
        for (const look of this.#lines) look();
      });
    }
    this.exited = new Promise((resolve) => this.child.once('close', resolve));
  }

  /** What the pattern has matched in a line of its output. */
  line(pattern: RegExp): Promise<string> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = pattern.exec(this.output);
        if (found !== null) resolve(found[1] ?? found[0]);
      };
      this.#lines.add(look);
      void this.exited.then(() => reject(new Error(`it ended: ${this.output}`)));
      look();
    });
  }
}

/** A browser that follows `/events`. */
class Browser {
  readonly events: OrderEvent[] = [];
  readonly ended: Promise<void>;
  readonly #leaving = new AbortController();
  #look = () => {};

  constructor(url: string, lastEventId?: number) {
    this.ended = this.#read(url, lastEventId).catch((error) => {
      if (!this.#leaving.signal.aborted) throw error;
    });
  }

  async has(count: number): Promise<readonly OrderEvent[]> {
    while (this.events.length < count) {
      await new Promise<void>((resolve) => {
        this.#look = resolve;
      });
    }
    return this.events;
  }

  leave(): void {
    this.#leaving.abort();
  }

  async #read(url: string, lastEventId?: number): Promise<void> {
    const headers: Record<string, string> = {};
    if (lastEventId !== undefined) headers['last-event-id'] = String(lastEventId);
    const { body, headers: answered } = await fetch(url, { headers, signal: this.#leaving.signal });
    expect(answered.get('content-type')).toBe('text/event-stream');
    let rest = '';
    for await (const text of (body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream())) {
      const blocks = (rest + text).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        const [, id, data] = /^id: (\d+)\ndata: (.*)$/.exec(block) ?? [];
        const event = JSON.parse(data ?? '') as OrderEvent;
        expect(Number(id)).toBe(event.sequence);
        this.events.push(event);
      }
      this.#look();
    }
  }
}

let directory: string;
const processes: Process[] = [];
let url: string;

function start(file: string, ...args: string[]): Process {
  const started = new Process(file, directory, ...args);
  processes.push(started);
  return started;
}

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'doorcall-test-'));
});
afterEach(async () => {
  for (const { child } of processes) child.kill('SIGKILL');
  await Promise.all(processes.splice(0).map(({ exited }) => exited));
  rmSync(directory, { recursive: true, force: true });
});

async function startBoth(): Promise<readonly [orders: Process, web: Process]> {
  const orders = start('orders.js', '--step-ms=5');
  const web = start('web.js', '--port=0');
  await orders.line(/orders: ready/);
  url = await web.line(/web: ready at (\S+)/);
  return [orders, web];
}

async function order(customer: string): Promise<string> {
  const body = JSON.stringify({ customer, sku: 'tea', quantity: 1 });
  const response = await fetch(`${url}/orders`, { method: 'POST', body });
  expect(response.status).toBe(200);
  return ((await response.json()) as { id: string }).id;
}

async function watching(count: number): Promise<void> {
  while ((await (await fetch(`${url}/watching`)).text()) !== String(count));
}

test('npm start: a page, orders, and what becomes of them; Ctrl-C ends it all', async () => {
  const main = start('main.js', '--port=0', '--step-ms=5');
  url = await main.line(/web: ready at (\S+)/);
  expect(await (await fetch(url)).text()).toContain("new EventSource('/events')");
  const browser = new Browser(`${url}/events`);
  const id = await order('Ada');
  const events = await browser.has(3);
  expect(events.map(({ status }) => status)).toEqual(['placed', 'packed', 'sent']);
  expect(events.every((event) => event.id === id && event.order.customer === 'Ada')).toBe(true);
  expect((await fetch(`${url}/orders`, { method: 'POST', body: '{}' })).status).toBe(400);
  expect((await fetch(`${url}/nowhere`)).status).toBe(404);
  main.child.kill('SIGTERM');
  expect(await main.exited, main.output).toBe(0);
  await browser.ended;
  expect(main.output).toContain('orders: ended');
  expect(main.output).toContain('web: ended');
});

test('each browser has a subscription of its own, which ends with it', async () => {
  await startBoth();
  const all = new Browser(`${url}/events`);
  const ada = new Browser(`${url}/events?customer=Ada`);
  await watching(2);
  await order('Grace');
  await order('Ada');
  await all.has(6);
  expect((await ada.has(3)).map(({ order }) => order.customer)).toEqual(['Ada', 'Ada', 'Ada']);
  ada.leave();
  await watching(1);
  all.leave();
  await watching(0);
});

test('a browser that comes back misses nothing, also when the order service was killed', async () => {
  const [orders] = await startBoth();
  const first = new Browser(`${url}/events`);
  await order('Ada');
  await first.has(3);
  first.leave();
  await order('Grace');
  const second = new Browser(`${url}/events`, 3);
  expect((await second.has(3)).map(({ sequence }) => sequence)).toEqual([4, 5, 6]);
  orders.child.kill('SIGKILL');
  await second.ended;
  const next = start('orders.js', '--step-ms=5');
  await next.line(/orders: ready/);
  const third = new Browser(`${url}/events`, 6);
  await order('Edsger');
  expect((await third.has(3)).map(({ order }) => order.customer)).toEqual(['Edsger', 'Edsger', 'Edsger']);
  third.leave();
});

test('an order service that is asked to end ends its subscriptions first', async () => {
  const [orders] = await startBoth();
  const browser = new Browser(`${url}/events`);
  await order('Ada');
  await browser.has(3);
  orders.child.kill('SIGTERM');
  expect(await orders.exited, orders.output).toBe(0);
  await browser.ended;
});
