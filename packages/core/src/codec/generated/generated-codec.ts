import type { $ZodType } from 'zod/v4/core';
import { methodPath } from '../../contract/call-errors.js';
import { serviceOf } from '../../contract/service-of.js';
import type { AnyService, MethodDefinition } from '../../contract/types.js';
import { runWatched, watchCode } from '../../contract/zod-code.js';
import { RpcError } from '../../errors/rpc-error.js';
import type { IncomingAttachments } from '../attachments.js';
import { type Encoded, REJECTED, type ServiceCodec } from '../codec.js';
import { createMsgpackCodec } from '../msgpack.js';
import { readAny, writeAny } from './any-value.js';
import { Body } from './format.js';
import type { GeneratedParts, InputParts, MethodParts, OutputParts, Read, Write } from './parts.js';
import { Reader } from './reader.js';
import { Writer } from './writer.js';

const EMPTY = new Uint8Array(0);
/** Undefined, the value of a method without input or output, takes no bytes. */
const NOTHING: Encoded = Object.freeze({ bytes: EMPTY, start: 0, end: 0 });

const sharedWriter = new Writer();
const sharedReader = new Reader();
/** What the last message was written into: the memory and the object are the next one's, too. */
const encoded: { -readonly [Key in keyof Encoded]: Encoded[Key] } = {
  bytes: EMPTY,
  start: 0,
  end: 0,
  attachments: undefined,
};

/**
 * The codec that generated code is. Values that are not of their schema's structure, which is for zod to accept or
 * to refuse, describe themselves; the first byte says which.
 */
export class GeneratedCodec implements ServiceCodec {
  readonly #parts: readonly MethodParts[];
  readonly #methods: readonly MethodDefinition[];
  readonly #named: ServiceCodec;
  /** By method: whether its input is parsed by generated code; undefined as long as nobody has looked. */
  readonly #parses: (boolean | undefined)[] = [];

  constructor(service: AnyService, parts: GeneratedParts) {
    this.#parts = parts.methods;
    this.#methods = serviceOf(service).methods;
    this.#named = createMsgpackCodec(service, { named: true });
  }

  encodeInput(id: number, value: unknown): Encoded {
    const input = this.#parts[id]?.input;
    // A method without input has its own error for a value.
    if (value === undefined || input === undefined) return this.#named.encodeInput(id, value);
    const pack = () => this.#named.encodeInput(id, value);
    return (
      write(input.write, value) ??
      (input.attachments === true ? packed(pack()) : describe(value)) ??
      this.#refused('INVALID_ARGUMENT', id, pack)
    );
  }

  decodeInput(
    id: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    incoming?: IncomingAttachments,
  ): unknown {
    const input = this.#parts[id]?.input;
    if (start === end || input === undefined) return undefined;
    if (isPacked(input, bytes, start)) return this.#named.decodeInput(id, bytes, start + 1, end, incoming);
    const value = read(input.read, bytes, start, end, incoming, input.attachments !== true);
    if (value === REJECTED) throw this.#failure('INVALID_ARGUMENT', id, 'the input cannot be decoded');
    return value;
  }

  parseInput = (
    id: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    incoming?: IncomingAttachments,
  ): unknown => {
    const input = this.#parts[id]?.input;
    if (input === undefined) return REJECTED;
    if (input.runsCode !== true) return read(input.parse, bytes, start, end, incoming, false);
    // What is asynchronous only zod can judge, and a promise that comes unexpectedly must not be lost.
    this.#parses[id] ??= watchCode(this.#methods[id]?.input as $ZodType) === 'any';
    if (this.#parses[id] !== true) return REJECTED;
    return runWatched(() => read(input.parse, bytes, start, end, incoming, false), undefined);
  };

  encodeOutput(id: number, value: unknown): Encoded {
    const output = this.#parts[id]?.output;
    if (value === undefined || output === undefined) return NOTHING;
    const pack = () => this.#named.encodeOutput(id, value);
    return (
      write(output.write, value) ??
      (output.attachments === true ? packed(pack()) : describe(value)) ??
      this.#refused('INTERNAL', id, pack)
    );
  }

  encodeValidOutput(id: number, value: unknown): Encoded | undefined {
    const writeValid = this.#parts[id]?.output?.writeValid;
    return writeValid === undefined ? undefined : write(writeValid, value);
  }

  decodeOutput(
    id: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    incoming?: IncomingAttachments,
  ): unknown {
    const output = this.#parts[id]?.output;
    if (start === end || output === undefined) return undefined;
    if (isPacked(output, bytes, start)) return this.#named.decodeOutput(id, bytes, start + 1, end, incoming);
    const value = read(output.read, bytes, start, end, incoming, output.attachments !== true);
    if (value === REJECTED)
      throw this.#failure('INTERNAL', id, 'the output that came back cannot be decoded');
    return value;
  }

  encodeErrorData(id: number, reason: string, data: unknown): Encoded {
    const parts = this.#parts[id]?.errors?.[reason];
    const refuse = () => this.#named.encodeErrorData(id, reason, data);
    if (data === undefined || parts === undefined)
      return describe([reason, data]) ?? this.#refused('INTERNAL', id, refuse);
    const writeBody: Write = (w, value) => {
      w.byte(Body.generated);
      w.str(reason);
      parts.write(w, value);
    };
    return write(writeBody, data) ?? describe([reason, data]) ?? this.#refused('INTERNAL', id, refuse);
  }

  decodeErrorData(
    id: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): { reason: string; data: unknown } {
    if (bytes[start] === Body.described) return this.#describedError(id, bytes, start, end);
    const errors: Readonly<Record<string, OutputParts>> = this.#parts[id]?.errors ?? {};
    const readBody: Read = (r) => {
      r.byte();
      const reason = r.str();
      const parts = Object.hasOwn(errors, reason) ? errors[reason] : undefined;
      return parts === undefined ? REJECTED : { reason, data: parts.read(r) };
    };
    const body = read(readBody, bytes, start, end, undefined, false);
    if (body === REJECTED) throw this.#damagedError(id);
    return body as { reason: string; data: unknown };
  }

  #describedError(
    id: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): { reason: string; data: unknown } {
    const body = read(readDescribed, bytes, start, end, undefined, true);
    if (!Array.isArray(body) || body.length !== 2 || typeof body[0] !== 'string')
      throw this.#damagedError(id);
    return { reason: body[0], data: body[1] };
  }

  #damagedError(id: number): RpcError {
    return this.#failure('INTERNAL', id, 'the error data that came back cannot be decoded');
  }

  /**
   * What cannot travel, cannot by MessagePack either, which has an error that names the place.
   * @throws RpcError
   */
  #refused(code: 'INVALID_ARGUMENT' | 'INTERNAL', id: number, encode: () => Encoded): never {
    encode();
    throw this.#failure(code, id, 'the value cannot be encoded');
  }

  #failure(code: 'INVALID_ARGUMENT' | 'INTERNAL', id: number, problem: string): RpcError {
    const method = this.#methods[id];
    const path = method === undefined ? `method ${id}` : methodPath(method);
    return new RpcError(code, `${path}: ${problem}`, {
      origin: code === 'INTERNAL' ? 'client' : 'server',
      maybeExecuted: code === 'INTERNAL',
      method: path,
    });
  }
}

/** @returns undefined when the value is not of the structure that the code writes */
function write(into: Write, value: unknown): Encoded | undefined {
  const w = sharedWriter.busy ? new Writer() : sharedWriter;
  w.busy = true;
  try {
    w.begin();
    into(w, value);
    encoded.bytes = w.bytes;
    encoded.start = 0;
    encoded.end = w.position;
    encoded.attachments = w.attachments;
    return encoded;
  } catch {
    // Whatever it was (another structure, a getter that throws, a cycle): the next encoding has words for it.
    return undefined;
  } finally {
    w.busy = false;
  }
}

function writeDescribed(w: Writer, value: unknown): void {
  w.byte(Body.described);
  writeAny(w, value);
}

function readDescribed(r: Reader): unknown {
  r.byte();
  return readAny(r);
}

/** A message of MessagePack, with the byte in front that says so. */
function packed({ bytes, start, end, attachments }: Encoded): Encoded {
  const message = new Uint8Array(1 + end - start);
  message[0] = Body.packed;
  message.set(bytes.subarray(start, end), 1);
  return { bytes: message, start: 0, end: message.length, attachments };
}

function isPacked({ attachments }: InputParts | OutputParts, bytes: Uint8Array, start: number): boolean {
  return attachments === true && bytes[start] === Body.packed;
}

function describe(value: unknown): Encoded | undefined {
  return write(writeDescribed, value);
}

/**
 * @param described whether a value that describes itself is read, too: parsing leaves those to zod
 * @returns REJECTED when the bytes are damaged, or the value is not valid
 */
function read(
  from: Read,
  bytes: Uint8Array,
  start: number,
  end: number,
  incoming: IncomingAttachments | undefined,
  described: boolean,
): unknown {
  if (start >= end) return REJECTED;
  const isDescribed = bytes[start] === Body.described;
  if (isDescribed ? !described : ((bytes[start] as number) & Body.mask) !== Body.generated) return REJECTED;
  const r = sharedReader.busy ? new Reader() : sharedReader;
  r.busy = true;
  try {
    r.begin(bytes, start, end, incoming);
    const value = isDescribed ? readDescribed(r) : from(r);
    return r.position === end ? value : REJECTED;
  } catch {
    // Damaged, not valid, nested too deeply, or code of the contract threw: zod says what of it.
    return REJECTED;
  } finally {
    r.finish();
    r.busy = false;
  }
}
