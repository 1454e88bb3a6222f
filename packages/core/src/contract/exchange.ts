import { createHash } from 'node:crypto';
import { RpcError } from '../errors/rpc-error.js';
import type { ErrorDescriptor, MethodDescriptor, ServiceDescriptor } from './descriptor.js';
import { sortedKeys } from './descriptor.js';
import type { MethodKind } from './method-kind.js';
import { reachable } from './minimize.js';
import type { ShapeNode } from './shape.js';

/**
 * A contract as the other side sent it. One that was too large to be sent whole has `hashes` instead of shapes,
 * or no methods at all.
 */
export interface ReceivedDescriptor {
  readonly service: string;
  readonly methods: readonly ReceivedMethod[];
  readonly shapes: readonly ShapeNode[];
  /** How many methods were left out because not even their hashes had room. */
  readonly omitted: number;
  /** What its clients serve. */
  readonly callbacks?: ReceivedDescriptor | undefined;
}

/** A method of a received contract. With `hash`, its shapes were not sent. */
export interface ReceivedMethod extends MethodDescriptor {
  readonly hash?: string;
}

/** A handshake has room for 64 KiB in all. */
export const MAX_DESCRIPTOR_BYTES = 48 * 1024;

const LIMITS = { methods: 65_536, nodes: 65_536 };

/**
 * A descriptor as JSON of at most {@link MAX_DESCRIPTOR_BYTES}. Where the shapes have no room, each method's
 * shapes are replaced by their hash; where that has none either, only the number of methods stays.
 */
export function serializeDescriptor(descriptor: ServiceDescriptor): string {
  for (const form of [whole, hashed]) {
    const json = JSON.stringify(form(descriptor));
    if (Buffer.byteLength(json) <= MAX_DESCRIPTOR_BYTES) return json;
  }
  return JSON.stringify(omitted(descriptor));
}

function whole({ service, methods, shapes, callbacks }: ServiceDescriptor): object {
  return { service, methods: methods.map(toWire), shapes, ...(callbacks && { callbacks: whole(callbacks) }) };
}

function hashed(descriptor: ServiceDescriptor): object {
  const { service, methods, callbacks } = descriptor;
  return {
    service,
    methods: methods.map((method) => ({
      name: method.name,
      id: method.id,
      hash: methodHash(descriptor, method),
    })),
    ...(callbacks && { callbacks: hashed(callbacks) }),
  };
}

function omitted({ service, methods, callbacks }: ServiceDescriptor): object {
  return { service, omitted: methods.length, ...(callbacks && { callbacks: omitted(callbacks) }) };
}

function toWire({ name, id, kind, input, output, errors }: MethodDescriptor) {
  return { name, id, kind, input, output, ...(Object.keys(errors).length === 0 ? {} : { errors }) };
}

/** What stands for all that a method's contract says. */
export function methodHash(descriptor: ServiceDescriptor, method: MethodDescriptor): string {
  const reasons = Object.keys(method.errors);
  const errors = reasons.map((reason) => method.errors[reason] as ErrorDescriptor);
  const roots = [method.input, method.output, ...errors.map(({ data }) => data)];
  const table = reachable({ shapes: descriptor.shapes, roots });
  const text = JSON.stringify([method.kind, reasons, errors.map(({ code }) => code), table], sortedKeys);
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/**
 * Reads what {@link serializeDescriptor} wrote in another process. Nothing in it is trusted: indexes are checked,
 * and kinds that this version does not know are taken for `unknown`.
 * @throws RpcError INTERNAL when it is no descriptor.
 */
export function parseDescriptor(json: string): ReceivedDescriptor {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw damaged('it is not JSON', cause);
  }
  return readDescriptor(object(value), true);
}

/** @param outermost callbacks have none of their own */
function readDescriptor(value: Readonly<Record<string, unknown>>, outermost: boolean): ReceivedDescriptor {
  const { service, methods = [], shapes = [], omitted = 0, callbacks } = value;
  if (typeof service !== 'string') throw damaged('it names no service');
  const nodes = list(shapes, LIMITS.nodes);
  return {
    service,
    shapes: nodes.map((node) => readNode(object(node), nodes.length)),
    methods: list(methods, LIMITS.methods).map((method) => readMethod(object(method), nodes.length)),
    omitted: natural(omitted, Number.MAX_SAFE_INTEGER),
    callbacks: outermost && callbacks !== undefined ? readDescriptor(object(callbacks), false) : undefined,
  };
}

function readMethod(method: Readonly<Record<string, unknown>>, nodes: number): ReceivedMethod {
  const { name, kind, hash } = method;
  const id = natural(method.id, LIMITS.methods);
  if (typeof name !== 'string') throw damaged('a method has no name');
  if (typeof hash === 'string') return { name, id, kind: 'unary', input: 0, output: 0, errors: {}, hash };
  if (!isMethodKind(kind)) throw damaged(`method ${name} is of an unknown kind`);
  const errors: Record<string, ErrorDescriptor> = Object.create(null);
  for (const [reason, spec] of Object.entries(object(method.errors ?? {}))) {
    const { code, data } = object(spec);
    errors[reason] = { code: String(code), data: natural(data, nodes) };
  }
  return {
    name,
    id,
    kind,
    input: natural(method.input, nodes),
    output: natural(method.output, nodes),
    errors,
  };
}

const METHOD_KINDS: Readonly<Record<MethodKind, true>> = {
  unary: true,
  oneway: true,
  'server-streaming': true,
  'client-streaming': true,
  'bidi-streaming': true,
};

function isMethodKind(kind: unknown): kind is MethodKind {
  return typeof kind === 'string' && Object.hasOwn(METHOD_KINDS, kind);
}

const KINDS: ReadonlySet<unknown> = new Set<ShapeNode['kind']>([
  'string',
  'number',
  'bigint',
  'boolean',
  'null',
  'undefined',
  'nan',
  'date',
  'bytes',
  'unknown',
  'never',
  'custom',
  'literal',
  'object',
  'array',
  'tuple',
  'record',
  'map',
  'set',
  'union',
  'intersection',
  'optional',
  'nullable',
  'blob',
  'fd',
  'door',
]);

const EXTRAS = ['refused', 'kept', 'checked'] as const;

/** How many nodes a kind refers to at least; `judge` relies on it. */
const REFS_NEEDED: Readonly<Partial<Record<ShapeNode['kind'], number>>> = {
  array: 1,
  set: 1,
  optional: 1,
  nullable: 1,
  record: 2,
  map: 2,
};

function readNode(node: Readonly<Record<string, unknown>>, nodes: number): ShapeNode {
  if (!KINDS.has(node.kind)) return { kind: 'unknown' };
  const kind = node.kind as ShapeNode['kind'];
  const refs = list(node.refs ?? [], LIMITS.nodes).map((ref) => natural(ref, nodes));
  if (refs.length < (REFS_NEEDED[kind] ?? 0)) throw damaged(`a shape of kind ${kind} lacks its parts`);
  const name = typeof node.name === 'string' ? { name: node.name } : {};
  const fingerprint = typeof node.fingerprint === 'string' ? { fingerprint: node.fingerprint } : {};
  return { kind, refs, ...name, ...fingerprint, ...readDetails(kind, node, refs.length) };
}

/** What only some kinds have. */
function readDetails(
  kind: ShapeNode['kind'],
  node: Readonly<Record<string, unknown>>,
  refs: number,
): Omit<ShapeNode, 'kind'> {
  switch (kind) {
    case 'literal':
      return { values: texts(node.values) };
    case 'tuple': {
      const rest = node.rest === true && refs > 0;
      return { min: natural(node.min ?? 0, refs + 1), ...(rest && { rest }) };
    }
    case 'object': {
      const names = texts(node.names);
      const extra = EXTRAS.find((each) => each === node.extra);
      if (refs !== names.length + (extra === 'checked' ? 1 : 0)) {
        throw damaged('an object has not one shape for each key');
      }
      const optional = list(node.optional ?? [], names.length).map((i) => natural(i, names.length));
      return { names, optional, ...(extra && { extra }) };
    }
    default:
      return {};
  }
}

function object(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw damaged('an object is missing');
  return value as Readonly<Record<string, unknown>>;
}

function list(value: unknown, max: number): readonly unknown[] {
  if (!Array.isArray(value) || value.length > max) throw damaged('a list is missing or too long');
  return value;
}

function texts(value: unknown): readonly string[] {
  return list(value ?? [], LIMITS.nodes).map(String);
}

function natural(value: unknown, below: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value >= below) {
    throw damaged('a number is out of range');
  }
  return value;
}

function damaged(why: string, cause?: unknown): RpcError {
  return new RpcError('INTERNAL', `the other side's contract descriptor cannot be read: ${why}`, {
    origin: 'transport',
    ...(cause === undefined ? {} : { cause }),
  });
}
