import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { wordsOf } from '../../src/streams/bytes.js';
import { Assembly } from '../../src/streams/raw-net/assembly.js';
import { downloads, serveDownloads } from '../../src/streams/raw-net/download.js';
import { connectUploads, serveUploads } from '../../src/streams/raw-net/upload.js';

function frame(body: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 + body.length);
  bytes.writeUInt32LE(body.length);
  bytes.set(body, 4);
  return bytes;
}

const bodies = [[1, 2, 3, 4, 5, 6, 7, 8], [], [9], [10, 11, 12]];
const bytes = Buffer.concat(bodies.map(frame));

function collecting(maxBodyBytes = 8) {
  const received: number[][] = [];
  return { received, assembly: new Assembly(maxBodyBytes, (body) => received.push([...body])) };
}

describe('putting frames together', () => {
  it('gives them whole and in order wherever the stream is cut', () => {
    for (let cut = 0; cut <= bytes.length; cut++) {
      const { received, assembly } = collecting();
      assembly.add(bytes.subarray(0, cut));
      assembly.add(bytes.subarray(cut));
      expect(received).toEqual(bodies);
    }
  });

  it('does so when a reader writes as much into the free memory as there is', () => {
    // A larger memory: there is space for the beginning of the next frame.
    for (const maxBodyBytes of [8, 9, 20, 64]) {
      const { received, assembly } = collecting(maxBodyBytes);
      for (let at = 0; at < bytes.length; ) {
        const { free } = assembly;
        expect(free.length).toBeGreaterThan(0);
        const size = bytes.copy(free, 0, at);
        at += size;
        assembly.advance(size);
      }
      expect(received).toEqual(bodies);
    }
  });

  it('begins every body where its words can be read', () => {
    const found: number[] = [];
    const assembly = new Assembly(16, (body) => found.push(...wordsOf(body)));
    for (const word of [0.5, 1.5]) assembly.add(frame([...new Uint8Array(Float64Array.of(word).buffer)]));
    expect(found).toEqual([0.5, 1.5]);
  });

  it('refuses a body above the maximum', () => {
    const { assembly } = collecting(8);
    expect(() => assembly.add(frame([1, 2, 3, 4, 5, 6, 7, 8, 9]))).toThrow('a frame of 9 bytes');
  });
});

describe.each(['onread', 'data'] as const)('a raw socket, read by %s', (reading) => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'bench-test-'));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  it('answers every upload by its content', async () => {
    const size = 1_000_001;
    const sum = (body: Uint8Array) => body.reduce((total, byte) => total + byte, 0);
    await serveUploads(directory, reading, size, sum);
    const upload = await connectUploads(directory);
    for (const length of [size, 1, size, 0, 70_000]) {
      const body = new Uint8Array(length).map((_, i) => i + length);
      await expect(upload(body)).resolves.toBe(sum(body));
    }
  });

  it('streams the chunks in their order, again and again', async () => {
    await serveDownloads(directory);
    const measure = downloads(directory, reading);
    for (let run = 0; run < 2; run++) {
      const { operations, elapsedMs } = await measure(20);
      expect(operations).toBeGreaterThan(0);
      expect(elapsedMs).toBeGreaterThanOrEqual(20);
    }
  });
});
