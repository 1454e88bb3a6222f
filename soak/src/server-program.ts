/** A server of the soak. argv[2]: { directory, ledger, name?, onTaken? } */
import { readSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Handlers, serve } from '@doorcall/core';
import { soak } from './contract.js';
import { LedgerFile, What } from './ledger/record.js';
import { obey, planOf, violated } from './world/far-end.js';

const { ledger, ...options } = planOf<{
  ledger: string;
  directory: string;
  name?: string;
  onTaken?: 'replace';
}>();
const file = new LedgerFile(ledger);
const executed = (id: number) => file.write(id, What.executed);

/** The last number that each client has sent in order. */
const lastOrders = new Map<number, number>();

/** The items of an input stream, whose first says of which call they are. */
async function* inOrder<Item extends { readonly id: number; readonly index: number }>(
  items: AsyncIterable<Item>,
) {
  let next = 0;
  for await (const item of items) {
    if (next === 0) executed(item.id);
    if (item.index !== next)
      violated(`item ${item.index} of the input of call ${item.id} came as item ${next}`);
    next += 1;
    yield item;
  }
}

const handlers: Handlers<typeof soak> = {
  echo({ id, bytes }) {
    executed(id);
    return bytes;
  },
  note({ id }) {
    executed(id);
  },
  inOrder({ id, client, order }) {
    executed(id);
    const last = lastOrders.get(client) ?? -1;
    if (order <= last) violated(`client ${client}: ${order} came after ${last}`);
    lastOrders.set(client, order);
    return order;
  },
  async linger({ id, ms }, ctx) {
    executed(id);
    await sleep(ms, undefined, { signal: ctx.signal }).catch(() => {});
  },
  *count({ id, to }) {
    executed(id);
    for (let i = 0; i < to; i += 1) yield i;
  },
  async *follow({ id }, ctx) {
    executed(id);
    const over = AbortSignal.any([ctx.signal, ctx.draining]);
    for (let i = 0; !over.aborted; i += 1) {
      yield i;
      await sleep(20, undefined, { signal: over }).catch(() => {});
    }
  },
  async add(items) {
    let sum = 0;
    for await (const { bytes } of inOrder(items)) sum += bytes.length;
    return sum;
  },
  async *converse(items) {
    for await (const { index } of inOrder(items)) yield index;
  },
  invert({ id, pixels }, ctx) {
    executed(id);
    try {
      const inverted = ctx.allocate(pixels.byteLength);
      const { bytes } = pixels;
      for (let i = 0; i < bytes.length; i += 4_096) inverted[i] = 255 - (bytes[i] ?? 0);
      return { pixels: inverted };
    } finally {
      pixels.release();
    }
  },
  read({ id, file: received }) {
    executed(id);
    try {
      const bytes = Buffer.alloc(64);
      return bytes.toString('utf8', 0, readSync(received.fd, bytes, 0, bytes.length, 0));
    } finally {
      received.close();
    }
  },
  ask({ id, question }, ctx) {
    executed(id);
    return ctx.client.answer(question);
  },
  async tell({ id, listener }) {
    executed(id);
    try {
      let sum = 0;
      for (let i = 1; i <= 3; i += 1) sum += await listener.hear(i);
      return sum;
    } finally {
      listener[Symbol.dispose]();
    }
  },
};

const server = await serve(soak, handlers, {
  acceptFds: true,
  logger: {
    warn: (fields, message) => remark(fields, message),
    error: (fields, message) => remark(fields, message),
  },
  ...options,
});

/** A peer that is killed is no news; one that breaks the protocol is. */
function remark(_fields: object, message: string): void {
  if (message.includes('broke the protocol')) violated(message);
}

obey({
  stats: () => server.stats(),
  collect: () => globalThis.gc?.(),
  drain: () => server.drain({ timeoutMs: 20_000 }),
});
process.send?.({ event: 'ready' });
// The server keeps the process alive, and nothing else.
process.channel?.unref();
