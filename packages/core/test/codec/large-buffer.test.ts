import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { Writer } from '../../src/codec/generated/writer.js';
import { LargeBuffer } from '../../src/codec/large-buffer.js';
import { codecOf } from './support.js';

const MIB = 1024 * 1024;
/** One message of bytes after the other; says which buffer each was written into. */
const writers = {
  MessagePack() {
    const codec = codecOf(z.instanceof(Uint8Array));
    return (size: number) => codec.encodeInput(0, new Uint8Array(size)).bytes.buffer;
  },
  'generated code'() {
    const writer = new Writer();
    return (size: number) => {
      writer.begin();
      writer.blob(new Uint8Array(size));
      return writer.bytes.buffer;
    };
  },
};

describe.each(Object.entries(writers))('the buffer of %s', (_, begin) => {
  test('is used again as long as messages are large', () => {
    const write = begin();
    const first = write(MIB);
    expect(first.byteLength).toBeGreaterThan(MIB);
    for (let i = 0; i < 10; i++) {
      for (let small = 0; small < 100; small++) expect(write(10)).toBe(first);
      expect(write(MIB)).toBe(first);
    }
  });

  test('is given up when they are small again', () => {
    const write = begin();
    write(MIB);
    for (let small = 0; small < 300; small++) write(10);
    expect(write(10).byteLength).toBeLessThan(MIB);
  });

  test('is given up at once when it is very large', () => {
    const write = begin();
    write(20 * MIB);
    expect(write(10).byteLength).toBeLessThan(MIB);
  });
});

test('a small buffer is never given up', () => {
  const large = new LargeBuffer();
  for (let i = 0; i < 1_000; i++) expect(large.givenUp(MIB, 10)).toBe(false);
});
