import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect } from '@doorcall/core';
import sharp from 'sharp';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { Program } from '../../support/program.js';
import { gallery } from '../src/contracts.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'doorcall-test-'));
  // After the programs have ended, which are started later.
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
});

const run = (program: string, args: readonly string[] = []) =>
  new Program(new URL(`../dist/${program}.js`, import.meta.url), args, { DOORCALL_DIR: folder });

const kept = (name: string) => path.join(folder, 'kept', name);

/** @returns the thumbnailer */
async function start(): Promise<Program> {
  const thumbnailer = run('thumbnailer');
  await thumbnailer.says(/ready/);
  await run('gallery', [path.join(folder, 'kept')]).says(/ready/);
  return thumbnailer;
}

async function photo(name: string, width: number, height: number): Promise<string> {
  const file = path.join(folder, name);
  const noise = Buffer.alloc(width * height * 3).map((_, i) => (i * 2_654_435_761) >>> 24);
  writeFileSync(
    file,
    await sharp(noise, { raw: { width, height, channels: 3 } })
      .png()
      .toBuffer(),
  );
  return file;
}

test('images go through three processes, and what is no image is told', async () => {
  await start();
  const large = await photo('large.png', 1_200, 800);
  const small = await photo('small.png', 40, 30);
  const broken = path.join(folder, 'broken.png');
  writeFileSync(broken, 'no image at all');
  const importer = run('import', [large, broken, small]);
  expect(await importer.exited).toBe(1);
  const { output } = importer;
  expect(output).toContain('thumbnail 256 × 171');
  expect(output).toContain('thumbnail 40 × 30');
  expect(output).toMatch(/broken\.png: INVALID_ARGUMENT: it cannot be read/);
  // Byte for byte: a page of one image that showed in another would be found here.
  expect(readFileSync(kept('large.png')).equals(readFileSync(large))).toBe(true);
  expect(readFileSync(kept('small.png')).equals(readFileSync(small))).toBe(true);
  const thumbnail = await sharp(kept('large.png.thumbnail.jpg')).metadata();
  expect([thumbnail.format, thumbnail.width, thumbnail.height]).toEqual(['jpeg', 256, 171]);
});

test('a thumbnailer that dies costs its image, and the next one takes over', async () => {
  const thumbnailer = await start();
  const image = await photo('one.png', 300, 300);
  expect(await run('import', [image]).exited).toBe(0);
  thumbnailer.signal('SIGKILL');
  await thumbnailer.exited;
  const failing = run('import', [image]);
  await run('thumbnailer').says(/ready/);
  // It waits for a thumbnailer as long as it may, so it succeeds or says why not.
  if ((await failing.exited) !== 0) expect(failing.output).toMatch(/UNAVAILABLE|UNKNOWN/);
  expect(await run('import', [image]).exited).toBe(0);
});

test('many images from one importer leave the memory where it was', async () => {
  await start();
  const image = readFileSync(await photo('many.png', 600, 400));
  const before = process.env.DOORCALL_DIR;
  process.env.DOORCALL_DIR = folder;
  try {
    await using client = connect(gallery);
    await client.ready();
    for (let i = 0; i < 40; i += 1) {
      using memory = client.allocate(image.length);
      memory.set(image);
      const added = await client.add({ name: `${i}.png`, image: memory });
      expect(added.bytes).toBe(image.length);
    }
  } finally {
    if (before === undefined) delete process.env.DOORCALL_DIR;
    else process.env.DOORCALL_DIR = before;
  }
  expect(readFileSync(kept('39.png')).equals(image)).toBe(true);
});
