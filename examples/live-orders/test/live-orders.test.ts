import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { Program } from '../../support/program.js';
import type { OrderEvent } from '../src/live-orders.js';

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
let url: string;

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'doorcall-test-'));
  // After the programs have ended, which are started later.
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
});

const start = (file: string, ...args: string[]) =>
  new Program(new URL(`../dist/${file}`, import.meta.url), args, { DOORCALL_DIR: directory });

/** The address that a program says it serves pages at. */
async function pagesOf(program: Program): Promise<string> {
  return (await program.says(/web: ready at (\S+)/))[1] as string;
}

async function startBoth(): Promise<readonly [orders: Program, web: Program]> {
  const orders = start('orders.js', '--step-ms=5');
  const web = start('web.js', '--port=0');
  await orders.says(/orders: ready/);
  url = await pagesOf(web);
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
  url = await pagesOf(main);
  expect(await (await fetch(url)).text()).toContain("new EventSource('/events')");
  const browser = new Browser(`${url}/events`);
  const id = await order('Ada');
  const events = await browser.has(3);
  expect(events.map(({ status }) => status)).toEqual(['placed', 'packed', 'sent']);
  expect(events.every((event) => event.id === id && event.order.customer === 'Ada')).toBe(true);
  expect((await fetch(`${url}/orders`, { method: 'POST', body: '{}' })).status).toBe(400);
  const noJson = await fetch(`${url}/orders`, { method: 'POST', body: '{' });
  expect([noJson.status, await noJson.text()]).toEqual([400, expect.stringMatching(/^INVALID_ARGUMENT: /)]);
  expect((await fetch(`${url}/nowhere`)).status).toBe(404);
  main.signal('SIGTERM');
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
  orders.signal('SIGKILL');
  await second.ended;
  const next = start('orders.js', '--step-ms=5');
  await next.says(/orders: ready/);
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
  orders.signal('SIGTERM');
  expect(await orders.exited, orders.output).toBe(0);
  await browser.ended;
});
