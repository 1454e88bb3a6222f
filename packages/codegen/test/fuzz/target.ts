import { isRpcError } from '@doorcall/core';
import { REJECTED } from '@doorcall/core/generated';
import { placed } from '../parity/law/message.js';
import type { Subject } from '../parity/law/subject.js';
import { judge, verdictDifference } from '../parity/law/verdict.js';

/** What bytes did that bytes must not do. */
export class FuzzFinding extends Error {
  constructor(
    readonly contract: string,
    readonly bytes: Uint8Array,
    problem: string,
  ) {
    super(`${contract}: ${problem}\n  bytes  ${Buffer.from(bytes).toString('hex')}`);
  }
}

/** What became of a message; messages that fare alike have the same. */
export type Signature = string;

/** A value has at most so many parts for each byte of its message, and so many besides. */
const PARTS_PER_BYTE = 24;
const PARTS_BESIDES = 64;

/**
 * Gives bytes to all decoders of a method. They answer or refuse with an RpcError; what the parser accepts, zod
 * accepts as the same value; no value is larger than its bytes can account for, or of a class that data is not of.
 * @throws FuzzFinding
 */
export function tryBytes({ text, schema, codec }: Subject, message: Uint8Array): Signature {
  const fail = (problem: string): never => {
    throw new FuzzFinding(text, message, problem);
  };
  const answer = (
    name: string,
    code: string,
    decode: (bytes: Uint8Array, start: number, end: number) => unknown,
  ) => {
    const { bytes, start, end } = placed(message, message.length);
    try {
      const value = decode(bytes, start, end);
      bytes.fill(0x2a);
      if (value !== REJECTED) inspect(value, message.length, (problem) => fail(`${name}: ${problem}`));
      return { value };
    } catch (error) {
      if (error instanceof FuzzFinding) throw error;
      if (!isRpcError(error) || error.code !== code) fail(`${name} threw ${String(error)}`);
      return undefined;
    }
  };
  const decoded = answer('decodeInput', 'INVALID_ARGUMENT', (...at) => codec.decodeInput(0, ...at));
  const parsed = answer('parseInput', 'never', (...at) =>
    codec.parseInput === undefined ? REJECTED : codec.parseInput(0, ...at),
  );
  const output = answer('decodeOutput', 'INTERNAL', (...at) => codec.decodeOutput(0, ...at));
  const errorData = answer('decodeErrorData', 'INTERNAL', (...at) => codec.decodeErrorData(0, ...at));

  const accepted = parsed !== undefined && parsed.value !== REJECTED;
  if (accepted) {
    if (decoded === undefined) return fail('parseInput accepts what decodeInput cannot read');
    const verdict = judge(schema, decoded.value);
    const different = verdictDifference(verdict, { kind: 'accepted', value: parsed.value });
    if (different !== undefined) fail(`parseInput and zod: ${different}`);
  }
  return [accepted, decoded, output, errorData].map((each) => shapeOf(each)).join(' ');
}

const CLASSES: ReadonlySet<unknown> = new Set<unknown>([
  Object.prototype,
  Array.prototype,
  Map.prototype,
  Set.prototype,
  Date.prototype,
  RegExp.prototype,
  ArrayBuffer.prototype,
  DataView.prototype,
  ...[Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array].map(
    (each) => each.prototype,
  ),
  ...[Float32Array, Float64Array, BigInt64Array, BigUint64Array].map((each) => each.prototype),
  ...[Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map(
    (each) => each.prototype,
  ),
]);

/** Walks through a value without recursion, since it may be deep. */
function inspect(root: unknown, bytes: number, fail: (problem: string) => never): void {
  const limit = bytes * PARTS_PER_BYTE + PARTS_BESIDES;
  const waiting: unknown[] = [root];
  let parts = 0;
  let content = 0;
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (++parts > limit) fail(`more than ${limit} parts of ${bytes} bytes`);
    if (typeof value === 'string') content += value.length;
    if (typeof value !== 'object' || value === null) continue;
    if (!CLASSES.has(Object.getPrototypeOf(value))) fail('an object of a class that is no data');
    if (ArrayBuffer.isView(value)) {
      content += value.byteLength;
      continue;
    }
    if (Array.isArray(value) && value.length > limit) fail(`an array of ${value.length} of ${bytes} bytes`);
    if (value instanceof Map) waiting.push(...value.keys(), ...value.values());
    else if (value instanceof Set) waiting.push(...value);
    else
      for (const key of Object.keys(value)) waiting.push((value as Readonly<Record<string, unknown>>)[key]);
  }
  if (content > bytes + PARTS_BESIDES * PARTS_PER_BYTE)
    fail(`${content} characters and bytes of ${bytes} bytes`);
}

/** Two levels of what a value is. */
function shapeOf(value: unknown, depth = 0): string {
  if (typeof value !== 'object' || value === null)
    return typeof value === 'boolean' ? String(value) : typeof value;
  if (depth > 2) return 'o';
  if (Array.isArray(value)) return `[${shapeOf(value[0], depth + 1)}]`;
  const name = Object.prototype.toString.call(value).slice(8, -1);
  if (name !== 'Object') return name;
  const keys = Object.keys(value).slice(0, 8);
  return `{${keys.map((key) => `${key}:${shapeOf((value as Record<string, unknown>)[key], depth + 1)}`).join()}}`;
}
