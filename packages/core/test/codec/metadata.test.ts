import { describe, expect, it } from 'vitest';
import {
  decodeMetadata,
  encodeMetadata,
  joinMetadata,
  MAX_METADATA_BYTES,
} from '../../src/codec/metadata.js';
import type { Metadata } from '../../src/contract/types.js';

function travel(metadata: Metadata) {
  const block = encodeMetadata(metadata);
  const body = Uint8Array.from([9, 8, 7]);
  const { bytes, start, end } = joinMetadata(block, { bytes: body, start: 1, end: 3 });
  const buffer = new Uint8Array(end - start + 20);
  buffer.set(bytes.subarray(start, end), 10);
  const read = decodeMetadata(buffer, 10, 10 + end - start);
  return { metadata: read.metadata, body: [...buffer.subarray(read.bodyStart, 10 + end - start)] };
}

describe('metadata', () => {
  it.each<[string, Metadata]>([
    ['none', {}],
    ['some', { traceparent: '00-abc-01', 'x-user.id_2': 'ü 🦊', empty: '', constructor: 'yes' }],
    ['much', { a: 'x'.repeat(MAX_METADATA_BYTES - 5) }],
  ])('%s survives in front of a body', (_, metadata) => {
    expect(travel(metadata)).toEqual({ metadata, body: [8, 7] });
    expect(Object.getPrototypeOf(travel(metadata).metadata)).toBeNull();
  });

  it.each<[string, unknown, RegExp]>([
    ['upper case', { Trace: 'x' }, /key "Trace" is not of a-z/],
    ['an empty key', { '': 'x' }, /key "" is not/],
    ['a prototype', JSON.parse('{"__proto__":"x"}'), /key "__proto__"/],
    ['a line break', { 'a\nb': 'x' }, /key "a\\nb"/],
    ['a number', { a: 1 }, /the value of 'a' is no string/],
    ['too much', { a: 'x'.repeat(MAX_METADATA_BYTES - 4) }, /more than 16384 bytes/],
    ['too much in all', { a: 'x'.repeat(9000), b: 'ü'.repeat(4000) }, /more than 16384 bytes/],
  ])('%s is refused', (_, metadata, message) => {
    expect(() => encodeMetadata(metadata as Metadata)).toThrow(message);
    expect(() => encodeMetadata(metadata as Metadata)).toThrow(/INVALID_ARGUMENT/);
  });

  it('that is joined does not disturb what was joined before it', () => {
    const joined = (text: string) => {
      const { bytes, start, end } = joinMetadata(encodeMetadata({ a: text }), {
        bytes: new Uint8Array(0),
        start: 0,
        end: 0,
      });
      return decodeMetadata(bytes, start, end).metadata.a;
    };
    expect(['long'.repeat(1000), 'x', 'long'.repeat(2000), ''].map(joined)).toEqual([
      'long'.repeat(1000),
      'x',
      'long'.repeat(2000),
      '',
    ]);
  });

  it.each<[string, number[]]>([
    ['no length', [1, 0, 0]],
    ['a length beyond the message', [9, 0, 0, 0, 1]],
    ['a huge length', [0xff, 0xff, 0xff, 0xff]],
    ['more than is allowed', [1, 0x40, 0, 0, 1, 0, 0xfc, 0x3f, 97, ...Array(16380).fill(97)]],
    ['half an entry', [3, 0, 0, 0, 1, 0, 1]],
    ['an entry beyond the block', [6, 0, 0, 0, 1, 0, 2, 0, 97, 98, 99]],
    ['a bad key', [5, 0, 0, 0, 1, 0, 0, 0, 65]],
    ['an empty key', [5, 0, 0, 0, 0, 0, 1, 0, 65]],
  ])('with %s is damaged', (_, message) => {
    expect(() => decodeMetadata(Uint8Array.from(message), 0, message.length)).toThrow(
      /INTERNAL: the metadata/,
    );
  });
});
