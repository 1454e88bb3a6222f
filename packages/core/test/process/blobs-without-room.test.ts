import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { type Blob, connect, defineService, serve } from '../../src/index.js';
import { blob } from '../../src/zod.js';
import { failureOf, turn } from '../behaviour/waiting.js';
import { temporaryFolder } from '../shm/support/places.js';

const shelf = defineService('shelf', {
  keep: { input: z.array(blob()) },
  empty: { output: z.int() },
  copies: { input: z.int(), output: z.array(blob()) },
});

const MOST_BYTES = 16 * 1024 * 1024;

test('an answer with a blob that there is no mapping for says so, and gives it back', async () => {
  const directory = temporaryFolder();
  let page: Uint8Array | undefined;
  const server = await serve(
    shelf,
    {
      keep: () => {},
      empty: () => 0,
      copies(count, ctx) {
        page ??= ctx.allocate(4096, { keep: true });
        return Array(count).fill(page);
      },
    },
    { directory },
  );
  const client = connect(shelf, { directory });
  onTestFinished(async () => {
    await client.close();
    await server.close();
  });
  const held: Blob[] = [];
  for (let i = 0; i < 5; i++) held.push(...(await client.copies(205)));
  expect(await failureOf(client.copies(2))).toMatchObject({
    code: 'RESOURCE_EXHAUSTED',
    maybeExecuted: true,
  });
  for (const each of held.splice(0)) each.release();
  // There is room again, for which this test is not the only one.
  held.push(...(await client.copies(205)));
  for (const each of held) each.release();
  expect(held).toHaveLength(205);
});

test('a message with a blob that there is no mapping for fails, and gives back all of it; the connection lives', async () => {
  const directory = temporaryFolder();
  const kept: Blob[] = [];
  const server = await serve(
    shelf,
    {
      keep: (blobs) => {
        kept.push(...blobs);
      },
      copies: () => [],
      empty: () => kept.splice(0).map((each) => each.release()).length,
    },
    { directory, limits: { maxBlobBytes: MOST_BYTES } },
  );
  const client = connect(shelf, { directory });
  onTestFinished(async () => {
    await client.close();
    await server.close();
  });
  await client.ready();
  using page = client.allocate(4096);
  using other = client.allocate(4096);
  // One in the mapping of the segment, and as many mappings of their own as there may be.
  for (let i = 0; i < 5; i++) await client.keep(Array(205).fill(page));
  const refused = await failureOf(client.keep([other, page, other]));
  expect(refused).toMatchObject({ code: 'RESOURCE_EXHAUSTED', maybeExecuted: false });
  expect(kept).toHaveLength(1025);
  expect(await client.empty()).toBe(1025);
  // All of the message that failed is given back, too, or this would never fit.
  using all = client.allocate(MOST_BYTES - 2 * 4096);
  await client.empty();
  for (let sent = false; !sent; await turn()) {
    sent = await client.keep([all]).then(
      () => true,
      () => false,
    );
  }
  expect(kept.map(({ byteLength }) => byteLength)).toEqual([all.length]);
});
