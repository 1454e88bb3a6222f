// What travels beside messages between processes, with both codecs. Streams whose items bring something with them: a slow
// reader stops their writer, and nothing fails.
import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { constants, mkdtempSync, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { compileService } from '@doorcall/codegen/compile';
import {
  type Blob,
  type ConnectOptions,
  connect,
  ownFd,
  type ServeOptions,
  type ServiceClient,
} from '@doorcall/core';
import { describe, expect, onTestFinished, test } from 'vitest';
import { attached } from './fixtures/contract.mjs';

const MIB = 1024 * 1024;
/** Descriptors under way, of a connection with a limit of 16: half of the places that are held for them. */
const UNDER_WAY = 128;

interface Place {
  readonly client: ServiceClient<typeof attached>;
  readonly file: string;
  serverDescriptors(): Promise<number>;
}

async function place(
  generated: boolean,
  server: ServeOptions = {},
  client: ConnectOptions = {},
): Promise<Place> {
  const directory = mkdtempSync(path.join(tmpdir(), 'doorcall-attached-'));
  const child: ChildProcess = fork(
    fileURLToPath(new URL('./fixtures/server.mjs', import.meta.url)),
    [JSON.stringify({ directory, generated, acceptFds: true, ...server })],
    { execArgv: [] },
  );
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await once(child, 'exit');
    rmSync(directory, { recursive: true, force: true });
  });
  await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => Promise.reject(new Error('it ended'))),
  ]);
  const service = generated ? compileService(attached) : attached;
  const connected = connect(service, { directory, connectTimeoutMs: 30_000, acceptFds: true, ...client });
  onTestFinished(() => connected.close());
  await connected.ready();
  const file = path.join(directory, 'file');
  writeFileSync(file, 'it is there');
  const serverDescriptors = async () => {
    child.send('how many?');
    const [{ descriptors }] = (await once(child, 'message')) as [{ descriptors: number }];
    return descriptors;
  };
  return { client: connected, file, serverDescriptors };
}

const ownDescriptors = () => readdirSync('/proc/self/fd').length;

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await turn();
}

/** Its writer goes ahead as far as it can. */
async function letGoAhead({ client, file }: Place): Promise<void> {
  for (let i = 0; i < 200; i += 1) expect(await client.read(ownFd(openSync(file, 'r')))).toBe('it is there');
}

describe.each([
  ['MessagePack', false],
  ['generated codec', true],
] as const)('%s', (_, generated) => {
  test('thousands of descriptors wait for a slow reader, and calls do not wait for them', async () => {
    const at = await place(generated);
    const [mine, theirs] = [ownDescriptors(), await at.serverDescriptors()];
    const reader = at.client.files({ path: at.file, items: 3_000, each: 1 });
    await letGoAhead(at);
    // What the window has in items, and what is on its way.
    expect(ownDescriptors()).toBeLessThanOrEqual(mine + 1_024 + UNDER_WAY + 2);
    let items = 0;
    for await (const [file] of reader) {
      if (items % 500 === 0) expect(await at.client.read(file as never)).toBe('it is there');
      else file?.close();
      items += 1;
    }
    expect(items).toBe(3_000);
    await until(() => ownDescriptors() === mine);
    await until(async () => (await at.serverDescriptors()) === theirs);
  });

  test('an item costs what it has of descriptors: a window of items bounds those', async () => {
    const at = await place(generated, {}, { streamWindowItems: 40 });
    const mine = ownDescriptors();
    const reader = at.client.files({ path: at.file, items: 200, each: 16 });
    await letGoAhead(at);
    const held = ownDescriptors() - mine;
    expect(held).toBeGreaterThanOrEqual(16);
    expect(held).toBeLessThanOrEqual(40 + 2);
    let descriptors = 0;
    for await (const files of reader) {
      descriptors += files.length;
      for (const file of files) file.close();
    }
    expect(descriptors).toBe(3_200);
  });

  test('a server that reads slowly stops its client’s descriptors', async () => {
    const { client, file, serverDescriptors } = await place(generated);
    const theirs = await serverDescriptors();
    function* opened() {
      for (let i = 0; i < 3_000; i += 1) yield ownFd(openSync(file, 'r'));
    }
    expect(await client.takeFiles(opened())).toBe(3_000);
    await until(async () => (await serverDescriptors()) === theirs);
  });

  test('many streams of descriptors share what there is of room, one that nobody reads among them', async () => {
    const at = await place(generated);
    const mine = ownDescriptors();
    const unread = at.client.files({ path: at.file, items: 5_000, each: 3 });
    const count = async () => {
      let items = 0;
      for await (const files of at.client.files({ path: at.file, items: 400, each: 3 })) {
        for (const file of files) file.close();
        items += 1;
      }
      return items;
    };
    expect(await Promise.all(Array.from({ length: 8 }, count))).toEqual(Array(8).fill(400));
    await unread.return();
    await until(() => ownDescriptors() === mine);
  });

  test('a stream whose reader leaves gives everything back', async () => {
    const at = await place(generated);
    const [mine, theirs] = [ownDescriptors(), await at.serverDescriptors()];
    for (let round = 0; round < 20; round += 1) {
      // At once, or when half of the window has been given back, and the writer has gone on.
      let left = round % 2 === 0 ? 1 : 600;
      for await (const [file] of at.client.files({ path: at.file, items: 2_000, each: 1 })) {
        file?.close();
        left -= 1;
        if (left === 0) break;
      }
      expect(left).toBe(0);
    }
    await letGoAhead(at);
    await until(() => ownDescriptors() === mine);
    await until(async () => (await at.serverDescriptors()) === theirs);
  });

  test('blobs wait for a slow reader to release them', async () => {
    const { client } = await place(generated, {}, { maxBlobBytes: 4 * MIB });
    let items = 0;
    for await (const blob of client.blobs({ items: 60, bytes: MIB })) {
      if (items % 5 === 0) await client.health();
      expect(blob.copy(0, 1)[0]).toBe(items);
      expect(blob.copy(MIB - 1)[0]).toBe(items);
      blob.release();
      items += 1;
    }
    expect(items).toBe(60);
    // No two fit at once: each waits for the one before, also when that was read already.
    for await (const blob of client.blobs({ items: 10, bytes: 3 * MIB })) {
      await client.health();
      blob.release();
      items += 1;
    }
    expect(items).toBe(70);
  });

  test('blobs wait for a slow handler, and those above its limit fail', async () => {
    const { client } = await place(generated, { limits: { maxBlobBytes: 4 * MIB } });
    const blobs = Array.from({ length: 40 }, () => new Uint8Array(MIB));
    expect(await client.takeBlobs(blobs)).toBe(40 * MIB);
    await expect(client.takeBlobs([new Uint8Array(MIB), new Uint8Array(5 * MIB)])).rejects.toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
    });
  });

  test('memory that handlers return comes back by release alone, without a collection', async () => {
    const { client } = await place(generated, {}, { maxBlobBytes: 32 * MIB });
    for (let byte = 0; byte < 200; byte += 1) {
      const blob = await client.made({ bytes: 5 * MIB, byte });
      expect([blob.copy(0, 1)[0], blob.copy(5 * MIB - 1)[0]]).toEqual([byte, byte]);
      blob.release();
    }
  });

  test('a write under way holds the bytes that it reads, whoever releases them', async () => {
    const at = await place(generated, {}, { maxBlobBytes: 4 * MIB });
    const pipe = `${at.file}.pipe`;
    execFileSync('mkfifo', [pipe]);
    // Both ends, so that opening waits for nobody; the write stands still when the pipe is full.
    const reader = await open(pipe, constants.O_RDWR);
    onTestFinished(() => reader.close());
    const bytes = 3 * MIB;
    const blob = await at.client.made({ bytes, byte: 1 });
    const written = blob.hold((held) => reader.write(held));
    blob.release();
    await at.client.health();
    await expect(at.client.made({ bytes, byte: 2 })).rejects.toMatchObject({ code: 'RESOURCE_EXHAUSTED' });
    const read = Buffer.alloc(bytes);
    for (let length = 0; length < bytes; ) length += (await reader.read(read, length, 65_536)).bytesRead;
    expect(await written).toMatchObject({ bytesWritten: bytes });
    expect([read[0], read[bytes - 1]]).toEqual([1, 1]);
    // Now it goes back.
    let again: Blob | undefined;
    await until(async () => {
      again = await at.client.made({ bytes, byte: 3 }).catch(() => undefined);
      return again !== undefined;
    });
    again?.release();
  });

  test('doors wait for a slow reader', async () => {
    const { client } = await place(generated);
    let items = 0;
    for await (const door of client.doors(3_000)) {
      if (items % 500 === 0) expect(await door.id()).toBe(items);
      door[Symbol.dispose]();
      items += 1;
    }
    expect(items).toBe(3_000);
  });
});
