import { methodPath } from '../contract/call-errors.js';
import { describe, doorServicesOf } from '../contract/descriptor.js';
import { serviceOf } from '../contract/service-of.js';
import type { AnyService, MethodDefinition } from '../contract/types.js';
import { RpcError } from '../errors/rpc-error.js';
import {
  AttachmentPlaces,
  type IncomingAttachments,
  type OutgoingAttachment,
  type Refused,
  TooManyAttachments,
} from './attachments.js';
import type { Encoded, ServiceCodec } from './codec.js';
import { LargeBuffer } from './large-buffer.js';
import { mayHoldMaps, replaceMaps, restoreMaps, restoreMapsAround } from './maps.js';
import { isolate } from './message-bytes.js';
import { IN_PLACE, Packr, Unpackr } from './msgpackr.js';
import { structuresOf } from './structures.js';
import { explainFailure, refuseExotic, refuseFunction } from './travels.js';

const FRESH_BUFFER = 8 * 1024;
/** The library remembers the keys of every object it has met; after so many bytes it has to forget. */
const FORGET_AFTER_BYTES = 256 * 1024;

/**
 * When something follows the value, `unpack` puts the value as JSON into its error. For a large hostile one (a bigint
 * of 16 MiB, say) that takes half a minute.
 */
const MAX_UNPACKED_AT_ONCE = 64 * 1024;

/** Which of a method's values have to be searched for Maps. */
interface MapPlan {
  readonly input: boolean;
  readonly output: boolean;
  readonly errors: boolean;
}

/** By service: its codec with fixed records, and the one with names. */
const codecs = new WeakMap<AnyService, Map<boolean, ServiceCodec>>();

/**
 * The default codec: MessagePack with records whose keys are fixed by the contract. One service has one, for all
 * connections: it keeps nothing from one message to the next, and code that is used more often runs faster.
 *
 * @param options.named writes every key by name: for peers whose contract differs, where records fixed in advance
 * would not mean the same on both sides.
 */
export function createMsgpackCodec(service: AnyService, options: { readonly named: boolean }): ServiceCodec {
  const known = codecs.get(service) ?? new Map<boolean, ServiceCodec>();
  codecs.set(service, known);
  const codec = known.get(options.named) ?? new MsgpackCodec(service, options.named);
  known.set(options.named, codec);
  return codec;
}

class MsgpackCodec implements ServiceCodec {
  readonly #methods: readonly MethodDefinition[];
  readonly #maps: readonly MapPlan[];
  /** By method: the shapes of its input and output where these may hold attachments, else -1. */
  readonly #places: readonly { readonly input: number; readonly output: number }[];
  readonly #attachments: AttachmentPlaces;
  readonly #packr: Packr;
  readonly #unpackr: Unpackr;
  readonly #encoded: Mutable<Encoded> = { bytes: EMPTY, start: 0, end: 0, attachments: undefined };
  readonly #large = new LargeBuffer();
  #bytesSinceForgotten = 0;

  constructor(service: AnyService, named: boolean) {
    const descriptor = describe(service);
    this.#methods = serviceOf(service).methods;
    const holds = mayHoldMaps(descriptor);
    this.#maps = descriptor.methods.map(({ input, output, errors }) => ({
      input: holds[input] === true,
      output: holds[output] === true,
      errors: Object.values(errors).some(({ data }) => holds[data]),
    }));
    this.#attachments = new AttachmentPlaces(descriptor, doorServicesOf(service));
    const place = (shape: number) => (this.#attachments.has(shape) ? shape : -1);
    this.#places = descriptor.methods.map(({ input, output }) => ({
      input: place(input),
      output: place(output),
    }));
    const structures = named ? [] : structuresOf(descriptor);
    this.#packr = makePackr(structures, !named);
    this.#unpackr = makeUnpackr(structures);
  }

  encodeInput(id: number, value: unknown): Encoded {
    const method = this.#method(id);
    if (value === undefined) return NOTHING;
    if (method.input === undefined) {
      throw failure('INVALID_ARGUMENT', method, 'takes no input (options are the second argument)', 'client');
    }
    return this.#encode(value, this.#maps[id]?.input === true, method, 'input', this.#places[id]?.input);
  }

  decodeInput(
    id: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    incoming?: IncomingAttachments,
  ): unknown {
    const method = this.#method(id);
    if (method.input === undefined) return undefined;
    return this.#decode(bytes, start, end, this.#maps[id]?.input === true, method, 'input', incoming);
  }

  encodeOutput(id: number, value: unknown): Encoded {
    const method = this.#method(id);
    if (value === undefined || method.output === undefined) return NOTHING;
    return this.#encode(value, this.#maps[id]?.output === true, method, 'output', this.#places[id]?.output);
  }

  decodeOutput(
    id: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    incoming?: IncomingAttachments,
  ): unknown {
    const method = this.#method(id);
    if (method.output === undefined) return undefined;
    return this.#decode(bytes, start, end, this.#maps[id]?.output === true, method, 'output', incoming);
  }

  encodeErrorData(id: number, reason: string, data: unknown): Encoded {
    const body = data === undefined ? [reason] : [reason, data];
    return this.#encode(body, this.#maps[id]?.errors === true, this.#method(id), 'error data');
  }

  decodeErrorData(
    id: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): { reason: string; data: unknown } {
    const method = this.#method(id);
    const body = this.#decode(bytes, start, end, this.#maps[id]?.errors === true, method, 'error data');
    if (!Array.isArray(body) || typeof body[0] !== 'string') {
      throw undecodable(method, 'error data');
    }
    return { reason: body[0], data: body[1] };
  }

  #method(id: number): MethodDefinition {
    const method = this.#methods[id];
    if (method === undefined) throw new RpcError('UNIMPLEMENTED', `there is no method with id ${id}`);
    return method;
  }

  #putIn(
    decoded: unknown,
    shape: number,
    incoming: IncomingAttachments | undefined,
    what: 'input' | 'output',
  ): unknown {
    // Inputs are validated by their schema, which words the issues. Nobody validates outputs.
    const strict = what === 'output';
    if (incoming === undefined && !strict) return restoreMaps(decoded);
    const { value, places } = restoreMapsAround(decoded);
    let filled = 0;
    const attached = this.#attachments.putIn(
      value,
      shape,
      {
        at: (index, kind, service) => {
          filled += 1;
          if (incoming === undefined) throw new TypeError('nothing came beside the message');
          return incoming.at(index, kind, service);
        },
        isDoorTo: (service, index) => incoming?.isDoorTo(service, index) === true,
      },
      strict,
    );
    if (filled !== places) throw new TypeError('misplaced marker');
    return attached;
  }

  /** @param shape of the value where it may hold attachments */
  #encode(value: unknown, maps: boolean, method: MethodDefinition, what: What, shape = -1): Encoded {
    const packr = this.#packr;
    if (this.#bytesSinceForgotten > FORGET_AFTER_BYTES) {
      packr.structures.transitions = null;
      this.#bytesSinceForgotten = 0;
    }
    let found: OutgoingAttachment[] | undefined;
    let refused: Refused | undefined;
    let body = value;
    try {
      if (shape >= 0) {
        found = [];
        refused = new Map();
        body = this.#attachments.takeOut(value, shape, found, refused);
      }
      const packed = packr.pack(maps ? replaceMaps(body) : body, IN_PLACE);
      const encoded = this.#encoded;
      encoded.bytes = packed;
      encoded.start = packed.start;
      encoded.end = packed.end;
      encoded.attachments = found === undefined || found.length === 0 ? undefined : found;
      const used = packed.end - packed.start;
      this.#bytesSinceForgotten += used;
      if (this.#large.givenUp(packed.length, used)) packr.useBuffer(Buffer.allocUnsafeSlow(FRESH_BUFFER));
      return encoded;
    } catch (error) {
      // What it has met of a value that it could not finish counts, too.
      this.#bytesSinceForgotten = Number.POSITIVE_INFINITY;
      const [code, origin] = what === 'input' ? INPUT_FAILURE : OUTPUT_FAILURE;
      if (error instanceof TooManyAttachments)
        throw failure(code, method, `the ${what} holds ${error.message}`, origin);
      const [root, named] = what === 'error data' ? ['data', (body as readonly unknown[])[1]] : [what, body];
      throw failure(code, method, explainFailure(named, root, error, refused), origin, error);
    }
  }

  #decode(
    bytes: Uint8Array,
    start: number,
    end: number,
    maps: boolean,
    method: MethodDefinition,
    what: What,
    incoming?: IncomingAttachments,
  ): unknown {
    if (start === end) return undefined;
    try {
      const message = isolate(bytes, start, end);
      const value =
        message.length > MAX_UNPACKED_AT_ONCE
          ? unpackLarge(this.#unpackr, message)
          : this.#unpackr.unpack(message);
      const shape = what === 'error data' ? -1 : (this.#places[method.id]?.[what] ?? -1);
      if (what === 'error data' || shape < 0) return maps ? restoreMaps(value) : value;
      return this.#putIn(value, shape, incoming, what);
    } catch (error) {
      throw undecodable(method, what, error);
    }
  }
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };
type What = 'input' | 'output' | 'error data';
const INPUT_FAILURE = ['INVALID_ARGUMENT', 'client'] as const;
const OUTPUT_FAILURE = ['INTERNAL', 'server'] as const;

const EMPTY = new Uint8Array(0);
/** Undefined, the value of a method without input or output, takes no bytes. */
const NOTHING: Encoded = Object.freeze({ bytes: EMPTY, start: 0, end: 0 });

/**
 * Objects whose keys are none of the fixed lists are written as maps with their keys, never as records defined on
 * the fly: a decoder then has nothing to learn from a peer.
 */
function makePackr(structures: readonly (readonly string[])[], records: boolean): Packr {
  return new Packr({
    structures: structures.map((keys) => [...keys]),
    maxSharedStructures: structures.length,
    maxOwnStructures: 0,
    moreTypes: true,
    variableMapSize: true,
    useToJSON: false,
    structuredClone: false,
    writeFunction: refuseFunction,
    useRecords: (object) => {
      const prototype: unknown = Object.getPrototypeOf(object);
      if (prototype !== Object.prototype && prototype !== null) refuseExotic(object);
      return records;
    },
  });
}

/** The library's list of structures. The accessor is a class's, because the library reads it twice for each message. */
class SealedStructures extends Array<string[]> {
  /** Written to by the library when it reads a sequence of messages, which it may be doing for somebody else. */
  get restoreStructures(): undefined {
    return undefined;
  }
  set restoreStructures(_learned: unknown) {}
}

/**
 * The list of structures is sealed against record definitions in messages: the library would keep them, for the
 * messages of everybody else.
 */
function makeUnpackr(structures: readonly (readonly string[])[]): Unpackr {
  const sealed = new SealedStructures();
  for (const [i, keys] of structures.entries()) {
    const structure: string[] & { highByte?: number } = [...keys];
    // Ids from 32 on take two bytes; the library sets this only for lists that it has learned itself.
    if (i >= 32) structure.highByte = (i - 32) >> 5;
    sealed.push(structure);
  }
  const unpackr = new Unpackr({
    structures: sealed,
    mapsAsObjects: true,
    moreTypes: true,
    copyBuffers: true,
    structuredClone: false,
  });
  Object.freeze(sealed);
  return unpackr;
}

/** Reads the one value of a message without `unpack`'s way of saying that more follows. */
function unpackLarge(unpackr: Unpackr, message: Uint8Array): unknown {
  let found: unknown;
  let foundEnd = 0;
  unpackr.unpackMultiple(message, (value, _start, end) => {
    found = value;
    foundEnd = end;
    return false;
  });
  if (foundEnd !== message.length)
    throw new TypeError(`the value ends at byte ${foundEnd} of ${message.length}`);
  return found;
}

function undecodable(method: MethodDefinition, what: What, cause?: unknown): RpcError {
  return what === 'input'
    ? failure('INVALID_ARGUMENT', method, 'the input cannot be decoded', 'server', cause)
    : failure('INTERNAL', method, `the ${what} that came back cannot be decoded`, 'client', cause);
}

function failure(
  code: 'INVALID_ARGUMENT' | 'INTERNAL',
  method: MethodDefinition,
  problem: string,
  origin: RpcError['origin'],
  cause?: unknown,
): RpcError {
  const path = methodPath(method);
  return new RpcError(code, `${path}: ${problem}`, {
    origin,
    maybeExecuted: code === 'INTERNAL',
    method: path,
    ...(cause === undefined ? {} : { cause }),
  });
}
