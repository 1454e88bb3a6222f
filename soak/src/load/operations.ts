/** What a client of the soak does, one call after another: each makes calls of one kind and looks at the answers. */
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createDoor, type ServiceClient } from '@doorcall/core';
import { listener, type soak } from '../contract.js';
import { What } from '../ledger/record.js';
import type { Chance } from '../random.js';
import type { Accounts } from './accounts.js';

export interface Tools {
  readonly client: ServiceClient<typeof soak>;
  /** Keeps to one instance, which is never killed: its calls are on one connection. */
  readonly ordered: ServiceClient<typeof soak>;
  readonly accounts: Accounts;
  readonly chance: Chance;
  /** Aborts when the load is to end. */
  readonly stop: AbortSignal;
  /** The next number of the calls whose order is watched. */
  nextOrder: number;
}

export type Operation = (tools: Tools) => Promise<void> | void;

const SIZES: readonly (readonly [number, number])[] = [
  [0, 2],
  [60, 10],
  [1_000, 6],
  [16_000, 2],
  [100_000, 1],
  [1_000_000, 1],
];
const THIS_FILE = fileURLToPath(import.meta.url);
const BEGINNING = '/** What a client of the soak does'.slice(0, 10);

const unlike = (found: unknown, expected: unknown) =>
  found === expected ? undefined : `${found} instead of ${expected}`;

/** Bytes that tell whether they are one's own. */
function bytesFor(id: number, size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size).fill(id % 251);
  if (size >= 4) new DataView(bytes.buffer).setUint32(0, id % 4_294_967_291);
  return bytes;
}
const differs = (found: Uint8Array, expected: Uint8Array) =>
  Buffer.compare(found, expected) === 0 ? undefined : 'other bytes than were sent';

const unary: Operation = ({ client, accounts, chance }) => {
  const size = chance.oneOf(SIZES);
  return accounts.call(size > 20_000 ? 'large' : 'unary', async (id) => {
    const bytes = bytesFor(id, size);
    return differs(await client.echo({ id, bytes }), bytes);
  });
};

const burst: Operation = async (tools) => {
  const { client, accounts } = tools;
  const one = () =>
    accounts.call('burst', async (id) => {
      const bytes = bytesFor(id, 60);
      return differs(await client.echo({ id, bytes }), bytes);
    });
  await Promise.all(Array.from({ length: 32 }, one));
};

const blocking: Operation = async ({ client, accounts, stop }) => {
  // A blocking call needs a connection that is there.
  await client.ready().catch(() => {});
  if (stop.aborted) return;
  accounts.blocking('blocking', (id) => {
    const bytes = bytesFor(id, 60);
    return differs(client.echo.sync({ id, bytes }), bytes);
  });
};

const cancelled: Operation = ({ client, accounts, chance }) =>
  accounts.call('cancelled', async (id) => {
    const ms = chance.integer(1, 20);
    await client.linger(
      { id, ms: 10 },
      chance.integer(0, 1) === 0 ? { timeoutMs: ms } : { signal: AbortSignal.timeout(ms) },
    );
    return undefined;
  });

/** So that at any moment some handlers run, which a kill cuts off. */
const lingering: Operation = async ({ client, accounts, chance }) => {
  const ms = chance.integer(20, 200);
  const one = () =>
    accounts.call('lingering', async (id) => {
      await client.linger({ id, ms });
      return undefined;
    });
  await Promise.all(Array.from({ length: 8 }, one));
};

const inOrder: Operation = async (tools) => {
  const { ordered, accounts } = tools;
  const one = () =>
    accounts.call('ordered', async (id) => {
      const order = tools.nextOrder++;
      return unlike(await ordered.inOrder({ id, client: accounts.client, order }), order);
    });
  await Promise.all(Array.from({ length: 16 }, one));
};

const outputStream: Operation = ({ client, accounts, chance }) => {
  const to = chance.integer(1, 500);
  return accounts.call('stream', async (id) => {
    let next = 0;
    for await (const item of client.count({ id, to })) {
      if (item !== next) return `item ${item} came as item ${next}`;
      next += 1;
    }
    return unlike(next, to);
  });
};

const inputStream: Operation = ({ client, accounts, chance }) => {
  const [count, size] = [chance.integer(1, 50), chance.oneOf(SIZES.slice(0, 4))];
  return accounts.call('stream', async (id) => {
    const items = Array.from({ length: count }, (_, index) => ({ id, index, bytes: bytesFor(id, size) }));
    return unlike(await client.add(items), count * size);
  });
};

const bothStreams: Operation = ({ client, accounts, chance }) => {
  const count = chance.integer(1, 50);
  return accounts.call('stream', async (id) => {
    let next = 0;
    for await (const index of client.converse(Array.from({ length: count }, (_, index) => ({ id, index })))) {
      if (index !== next) return `item ${index} came as item ${next}`;
      next += 1;
    }
    return unlike(next, count);
  });
};

const blobs: Operation = async ({ client, accounts, chance }) => {
  const size = chance.oneOf([
    [4_096, 4],
    [1 << 20, 4],
    [8 << 20, 1],
  ]);
  await accounts.call('blob', async (id) => {
    // Memory belongs to a connection.
    await client.ready();
    const memory = client.allocate(size);
    try {
      for (let i = 0; i < size; i += 4_096) memory[i] = id % 251;
      const { pixels } = await client.invert({ id, pixels: memory });
      try {
        const { bytes } = pixels;
        for (let i = 0; i < size; i += 4_096) {
          if (bytes[i] !== 255 - (id % 251)) return `byte ${i} is ${bytes[i]}`;
        }
        return unlike(pixels.byteLength, size);
      } finally {
        pixels.release();
      }
    } finally {
      memory[Symbol.dispose]();
    }
  });
};

const descriptors: Operation = ({ client, accounts }) =>
  accounts.call('descriptor', async (id) => {
    const file = openSync(THIS_FILE, 'r');
    try {
      const text = await client.read({ id, file });
      return text.startsWith(BEGINNING) ? undefined : `read '${text}'`;
    } finally {
      closeSync(file);
    }
  });

const callbacks: Operation = ({ client, accounts, chance }) =>
  accounts.call('callback', async (id) => {
    const question = chance.integer(0, 1_000);
    return unlike(await client.ask({ id, question }), question + 1);
  });

const doors: Operation = ({ client, accounts }) =>
  accounts.call('door', async (id) => {
    const door = createDoor(listener, { hear: (number) => number * 2 });
    try {
      return unlike(await client.tell({ id, listener: door }), 12);
    } finally {
      door.revoke();
    }
  });

const oneway: Operation = ({ client, accounts }) => accounts.send('one-way', (id) => client.note({ id }));

const onewayToAnchor: Operation = ({ ordered, accounts }) =>
  accounts.send('one-way', (id) => ordered.note({ id }), What.sentToAnchor);

/** What every run does. */
const ALWAYS: readonly (readonly [Operation, number])[] = [
  [unary, 20],
  [burst, 2],
  [blocking, 8],
  [lingering, 2],
  [inOrder, 2],
  [outputStream, 4],
  [inputStream, 4],
  [bothStreams, 4],
  [blobs, 3],
  [descriptors, 3],
  [callbacks, 4],
  [doors, 3],
];

/**
 * `gentle` leaves out what fails by design (deadlines that pass, cancelled calls) and what nobody waits for, so that not
 * one call may fail.
 */
export const OPERATIONS = {
  all: [...ALWAYS, [cancelled, 3], [oneway, 3], [onewayToAnchor, 3]] as readonly (readonly [
    Operation,
    number,
  ])[],
  gentle: ALWAYS,
};

/** Subscribes, and again each time that the subscription ends in good order because its server drains. */
export const subscribe: Operation = async ({ client, accounts, stop }) => {
  while (!stop.aborted) {
    await accounts.call('subscription', async (id) => {
      let next = 0;
      for await (const item of client.follow({ id }, { timeoutMs: Number.POSITIVE_INFINITY })) {
        if (item !== next) return `item ${item} came as item ${next}`;
        next += 1;
        if (stop.aborted) return undefined;
      }
      return undefined;
    });
  }
};
