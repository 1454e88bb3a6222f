// Items that are cut off between their pieces: what was to come beside them is their sender's again.
import { openSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { connect, defineService, ownFd, type ServiceClient, serve, stream } from '../../src/index.js';
import { blob, fd } from '../../src/zod.js';
import { until } from '../behaviour/waiting.js';
import { openDescriptors, temporaryFolder } from '../shm/support/places.js';

/** More than the window of a stream: an item of several pieces, of which the last wait for credit. */
const THUMB = new Uint8Array(300_000);
const MIB = 1024 * 1024;
/** Each round would lose at least one item; there is credit for eight. */
const ROUNDS = 40;

const thumb = z.instanceof(Uint8Array);
const album = defineService('album', {
  files: { output: stream(z.object({ file: fd(), thumb })) },
  file: { output: fd() },
  blobs: { output: stream(z.object({ picture: blob(), thumb })) },
  blob: { input: z.number(), output: blob() },
  takeFiles: { input: stream(z.object({ file: fd(), thumb })), output: z.number() },
});

/** @param pulled is called for each item that a stream is asked for */
async function open(pulled: () => void): Promise<ServiceClient<typeof album>> {
  const directory = temporaryFolder();
  const device = () => ownFd(openSync('/dev/zero', 'r'));
  const server = await serve(
    album,
    {
      *files() {
        for (;;) {
          pulled();
          yield { file: device(), thumb: THUMB };
        }
      },
      file: device,
      *blobs() {
        for (;;) {
          pulled();
          yield { picture: new Uint8Array(MIB), thumb: THUMB };
        }
      },
      blob: (bytes) => new Uint8Array(bytes),
      async takeFiles(items) {
        for await (const { file } of items) {
          file.close();
          return 1;
        }
        return 0;
      },
    },
    { directory, acceptFds: 1 },
  );
  onTestFinished(() => server.close());
  const client = connect(album, { directory, acceptFds: 1, maxBlobBytes: 8 * MIB });
  onTestFinished(() => client.close());
  await client.ready();
  return client;
}

const openDevices = () => openDescriptors().filter((target) => target === '/dev/zero').length;

test('descriptors, and the credit for them, come back', { timeout: 30_000 }, async () => {
  let items = 0;
  const client = await open(() => {
    items += 1;
  });
  for (let round = 0; round < ROUNDS; round += 1) {
    items = 0;
    for await (const { file } of client.files()) {
      file.close();
      // The second is kept for a reader, and the third has begun.
      await until(() => items >= 3);
      break;
    }
  }
  await until(() => openDevices() === 0);
  using called = await client.file();
  expect(called.fd).toBeGreaterThan(0);
  let read = 0;
  for await (const { file } of client.files()) {
    file.close();
    read += 1;
    if (read === 20) break;
  }
  called.close();
  await until(() => openDevices() === 0);
});

test('descriptors of a caller whose stream is not read on come back, too', { timeout: 30_000 }, async () => {
  const client = await open(() => {});
  for (let round = 0; round < ROUNDS; round += 1) {
    const sent: ReturnType<typeof ownFd>[] = [];
    const items = function* () {
      for (;;) {
        const file = ownFd(openSync('/dev/zero', 'r'));
        sent.push(file);
        yield { file, thumb: THUMB };
      }
    };
    expect(await client.takeFiles(items())).toBe(1);
    // What was not sent is its caller's.
    for (const file of sent) file.close();
  }
  await until(() => openDevices() === 0);
});

test('memory comes back', { timeout: 30_000 }, async () => {
  let items = 0;
  const client = await open(() => {
    items += 1;
  });
  for (let round = 0; round < ROUNDS; round += 1) {
    items = 0;
    for await (const { picture } of client.blobs()) {
      picture.release();
      await until(() => items >= 3);
      break;
    }
  }
  // All that the client takes.
  for (;;) {
    const all = await client.blob(8 * MIB).catch(() => undefined);
    all?.release();
    if (all !== undefined) break;
  }
});
