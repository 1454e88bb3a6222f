import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { connect } from '@doorcall/core';
import sharp from 'sharp';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { gallery } from '../src/contracts.js';

let folder: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'doorcall-test-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    const gone = new Promise((resolve) => child.once('close', resolve));
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await gone;
    }
  }
  rmSync(folder, { recursive: true, force: true });
});

interface Run {
  readonly child: ChildProcess;
  readonly code: number | null;
  readonly output: string;
}

/** Runs a program of the example; resolves at a line of its output, or at its end. */
function run(program: string, args: readonly string[], until?: RegExp): Promise<Run> {
  const file = fileURLToPath(new URL(`../dist/${program}.js`, import.meta.url));
  const child = spawn(process.execPath, [file, ...args], { env: { ...process.env, DOORCALL_DIR: folder } });
  children.push(child);
  let output = '';
  return new Promise((resolve, reject) => {
    const heard = (chunk: Buffer) => {
      output += chunk;
      if (until?.test(output) === true) resolve({ child, code: null, output });
    };
    child.stdout?.on('data', heard);
    child.stderr?.on('data', heard);
    child.once('close', (code) => {
      if (until === undefined) resolve({ child, code, output });
      else reject(new Error(`${program} ended: ${output}`));
    });
  });
}

const kept = (name: string) => path.join(folder, 'kept', name);

async function start(): Promise<ChildProcess> {
  const { child } = await run('thumbnailer', [], /ready/);
  await run('gallery', [path.join(folder, 'kept')], /ready/);
  return child;
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
  const { code, output } = await run('import', [large, broken, small]);
  expect(output).toContain('thumbnail 256 × 171');
  expect(output).toContain('thumbnail 40 × 30');
  expect(output).toMatch(/broken\.png: INVALID_ARGUMENT: .*cannot be read/);
  expect(code).toBe(1);
  // Byte for byte: a page of one image that showed in another would be found here.
  expect(readFileSync(kept('large.png')).equals(readFileSync(large))).toBe(true);
  expect(readFileSync(kept('small.png')).equals(readFileSync(small))).toBe(true);
  const thumbnail = await sharp(kept('large.png.thumbnail.jpg')).metadata();
  expect([thumbnail.format, thumbnail.width, thumbnail.height]).toEqual(['jpeg', 256, 171]);
});

test('a thumbnailer that dies costs its image, and the next one takes over', async () => {
  const thumbnailer = await start();
  const image = await photo('one.png', 300, 300);
  expect((await run('import', [image])).code).toBe(0);
  const gone = new Promise((resolve) => thumbnailer.once('close', resolve));
  thumbnailer.kill('SIGKILL');
  await gone;
  const failing = run('import', [image]);
  await run('thumbnailer', [], /ready/);
  // It waits for a thumbnailer as long as it may, so it succeeds or says why not.
  const { code, output } = await failing;
  if (code !== 0) expect(output).toMatch(/UNAVAILABLE|UNKNOWN/);
  expect((await run('import', [image])).code).toBe(0);
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
