import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createShmDialer } from '../../src/transport/shm/index.js';
import { openDescriptors, temporaryFolder, until } from './support/places.js';
import { serve } from './support/server-process.js';

/** Watches `orders`, and lets the test wait for a set of instances. */
function watching(directory: string) {
  const dialer = createShmDialer({ directory });
  let calls = 0;
  /** Calls before the last change that the test has seen. */
  let before = 0;
  let changed = () => {};
  const watch = dialer.watch('orders', () => {
    calls += 1;
    changed();
  });
  onTestFinished(() => watch.close());
  const instances = async () =>
    (await dialer.discover('orders')).endpoints.map(({ key }) => key.slice(`${directory}/orders/`.length));
  return {
    get calls() {
      return calls;
    },
    close: () => watch.close(),
    /** Waits for a change to exactly these. Looks only when the watch says so, not before. */
    async see(expected: string[]): Promise<void> {
      for (;;) {
        const next = new Promise<void>((resolve) => {
          changed = resolve;
        });
        if (calls > before && JSON.stringify(await instances()) === JSON.stringify(expected)) break;
        await next;
      }
      before = calls;
    },
  };
}

describe('watching a service', () => {
  test('tells of instances that come, go orderly, and are swept away', async () => {
    const directory = temporaryFolder();
    const watch = watching(directory);
    const first = await serve({ acceptor: { directory } });
    await watch.see(['main.sock']);
    const second = await serve({ acceptor: { directory, onTaken: 'join' } });
    await watch.see(['main.sock', 'main-2.sock']);
    await first.tell('close');
    await watch.see(['main-2.sock']);
    await second.killed();
    await serve({ acceptor: { directory } });
    await watch.see(['main.sock']);
  });

  test('waits for folders that do not exist yet, at any depth', async () => {
    const top = temporaryFolder();
    const directory = `${top}/a/b/c`;
    const watch = watching(directory);
    await serve({ acceptor: { directory } });
    await watch.see(['main.sock']);
  });

  test('goes on when the folders vanish, and come again', async () => {
    const directory = `${temporaryFolder()}/services`;
    const watch = watching(directory);
    await (await serve({ acceptor: { directory } })).killed();
    await watch.see(['main.sock']);
    rmSync(`${directory}/orders`, { recursive: true });
    await watch.see([]);
    await (await serve({ acceptor: { directory } })).killed();
    await watch.see(['main.sock']);
    rmSync(directory, { recursive: true });
    await watch.see([]);
    await (await serve({ acceptor: { directory } })).killed();
    await watch.see(['main.sock']);
    renameSync(`${directory}/orders`, `${directory}/old`);
    await watch.see([]);
    await serve({ acceptor: { directory } });
    await watch.see(['main.sock']);
  });

  test('is not called for files that are no sockets', async () => {
    const directory = temporaryFolder();
    mkdirSync(`${directory}/orders`);
    const watch = watching(directory);
    writeFileSync(`${directory}/orders/note.txt`, 'hello');
    writeFileSync(`${directory}/elsewhere`, 'hello');
    // Events come in order: when this one has come, the ones before would have, too.
    writeFileSync(`${directory}/orders/last.sock`, '');
    await until(() => watch.calls > 0);
    expect(watch.calls).toBe(1);
  });

  test('leaves nothing open', async () => {
    const directory = temporaryFolder();
    mkdirSync(`${directory}/orders`);
    watching(directory).close();
    const before = openDescriptors();
    for (let round = 0; round < 5; round++) {
      const watch = watching(directory);
      writeFileSync(`${directory}/orders/${round}.sock`, '');
      await until(() => watch.calls > 0);
      watch.close();
    }
    expect(openDescriptors()).toEqual(before);
  });
});
