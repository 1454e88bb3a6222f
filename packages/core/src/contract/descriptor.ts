import { createHash } from 'node:crypto';
import { leadingToAttachments } from './attachment-shapes.js';
import { attachmentSchemaOf } from './attachments.js';
import type { MethodKind } from './method-kind.js';
import { minimize, type ShapeTable } from './minimize.js';
import { serviceOf } from './service-of.js';
import type { ShapeNode } from './shape.js';
import type { StandardSchema } from './standard-schema.js';
import type { AnyService, MethodDefinition } from './types.js';
import { type Direction, isZodSchema, travellingSchema, zodNode } from './zod-shape.js';

/** Goes into every fingerprint: raised when the same contract comes to mean something else on the wire. */
const RULES = 1;

/** A declared error of a method. */
export interface ErrorDescriptor {
  readonly code: string;
  /** Index of the shape of its data. */
  readonly data: number;
}

/** One method of a contract. */
export interface MethodDescriptor {
  readonly name: string;
  readonly id: number;
  readonly kind: MethodKind;
  /** Index of the shape that a client sends. */
  readonly input: number;
  /** Index of the shape that a server answers with. */
  readonly output: number;
  /** By reason. */
  readonly errors: Readonly<Record<string, ErrorDescriptor>>;
}

/** A contract without its code: what can be hashed, sent and compared. */
export interface ServiceDescriptor {
  readonly service: string;
  /** 32 hex digits; equal fingerprints mean equal contracts. */
  readonly fingerprint: string;
  /** In the order of their ids. */
  readonly methods: readonly MethodDescriptor[];
  /** The table that the methods' indexes point into. */
  readonly shapes: readonly ShapeNode[];
  /** What clients of the service serve. */
  readonly callbacks?: ServiceDescriptor;
}

const described = new WeakMap<AnyService, ServiceDescriptor>();

/** The descriptor of a service; computed once per service, on the first call. */
export function describe(service: AnyService): ServiceDescriptor {
  let descriptor = described.get(service);
  if (descriptor === undefined) {
    descriptor = build(service);
    described.set(service, descriptor);
  }
  return descriptor;
}

/** The services behind the doors of a service, by name. */
export function doorServicesOf(service: AnyService): ReadonlyMap<string, AnyService> {
  return outline(service).doors;
}

function build(service: AnyService): ServiceDescriptor {
  const { name, callbacks } = serviceOf(service);
  const { methods, shapes, doors } = outline(service);
  return {
    service: name,
    methods,
    shapes: shapes.map((node) => {
      const behind = node.kind === 'door' ? doors.get(node.name ?? '') : undefined;
      return behind === undefined ? node : { ...node, fingerprint: fingerprintOf(behind) };
    }),
    ...(callbacks === undefined ? {} : { callbacks: describe(callbacks) }),
    fingerprint: fingerprintOf(service),
  };
}

/** What a service says itself; the services behind its doors stand in it by name. */
interface Outline {
  readonly methods: readonly MethodDescriptor[];
  readonly shapes: readonly ShapeNode[];
  readonly doors: ReadonlyMap<string, AnyService>;
  readonly hash: string;
}

const outlines = new WeakMap<AnyService, Outline>();

function outline(service: AnyService): Outline {
  let known = outlines.get(service);
  if (known === undefined) {
    known = makeOutline(service);
    outlines.set(service, known);
  }
  return known;
}

function makeOutline(service: AnyService): Outline {
  const { name, methods } = serviceOf(service);
  const collector = new Collector();
  const drafts = methods.map((method) => draft(method, collector));
  const { shapes, roots } = minimize(collector.finish());
  let next = 0;
  const take = (): number => roots[next++] as number;
  const described = drafts.map(({ reasons, ...method }): MethodDescriptor => {
    const input = take();
    const output = take();
    const errors: Record<string, ErrorDescriptor> = {};
    for (const [reason, code] of reasons) errors[reason] = { code, data: take() };
    return { ...method, input, output, errors };
  });
  refuseAttachmentsInErrors(name, described, shapes);
  const hash = hashOf([RULES, name, described, shapes]);
  return { methods: described, shapes, doors: collector.doors, hash };
}

/** Error data travels inside errors, which go where nobody would release what came with them. */
function refuseAttachmentsInErrors(
  service: string,
  methods: readonly MethodDescriptor[],
  shapes: readonly ShapeNode[],
): void {
  const leads = leadingToAttachments(shapes);
  for (const { name, errors } of methods) {
    const reason = Object.keys(errors).find((each) => leads[errors[each]?.data ?? -1]);
    if (reason === undefined) continue;
    throw new TypeError(
      `${service}.${name}: the data of error ${reason} can hold no blob, descriptor or door`,
    );
  }
}

/**
 * The outline's hash, and those of all services that it leads to: by doors, which may lead back to it, and by callbacks.
 */
function fingerprintOf(service: AnyService): string {
  const found = new Set<AnyService>([service]);
  for (const each of found) {
    for (const behind of outline(each).doors.values()) found.add(behind);
    const { callbacks } = serviceOf(each);
    if (callbacks !== undefined) found.add(callbacks);
  }
  const own = outline(service).hash;
  found.delete(service);
  if (found.size === 0) return own;
  return hashOf([own, [...found].map((each) => outline(each).hash).sort()]);
}

function hashOf(content: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(content, sortedKeys)).digest('hex').slice(0, 32);
}

/** For JSON.stringify: an object's keys in one order, whoever wrote it. */
export function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Adds the roots of one method, in the order in which `build` takes them. */
function draft(method: MethodDefinition, collector: Collector) {
  collector.addRoot(method.input, 'input');
  collector.addRoot(method.output, 'output');
  const reasons = Object.keys(method.errors ?? {}).sort();
  return {
    name: method.name,
    id: method.id,
    kind: method.kind,
    reasons: reasons.map((reason): readonly [string, string] => {
      const spec = method.errors?.[reason];
      collector.addRoot(spec?.data, 'output');
      return [reason, spec?.code ?? 'UNKNOWN'];
    }),
  };
}

/**
 * So many schemas within one another, none met before, are a contract that makes new ones at each look (a getter that
 * clones what it stands in): it would never end, and says nothing new from here on.
 */
const MOST_LEVELS = 512;

/** Collects the nodes of all schemas of a service. */
class Collector {
  /** Services behind doors, by name. */
  readonly doors = new Map<string, AnyService>();
  readonly #shapes: ShapeNode[] = [];
  readonly #roots: number[] = [];
  readonly #indexes = {
    input: new Map<unknown, number>(),
    output: new Map<unknown, number>(),
  };
  /** Schemas that have an index and no node yet: a queue, so that deep contracts do not fill the stack. */
  readonly #waiting: (() => void)[] = [];

  addRoot(schema: StandardSchema | undefined, direction: Direction): void {
    this.#roots.push(schema === undefined ? this.#leaf('undefined') : this.#indexOf(schema, direction, 0));
  }

  finish(): ShapeTable {
    for (let next = this.#waiting.pop(); next !== undefined; next = this.#waiting.pop()) next();
    return { shapes: this.#shapes, roots: this.#roots };
  }

  #addDoor(service: AnyService): void {
    const { name } = serviceOf(service);
    const known = this.doors.get(name);
    if (known !== undefined && serviceOf(known) !== serviceOf(service))
      throw new TypeError(`doors to two different services named ${name}`);
    this.doors.set(name, service);
  }

  #leaf(kind: 'undefined' | 'unknown'): number {
    return this.#shapes.push({ kind }) - 1;
  }

  #indexOf(schema: StandardSchema, direction: Direction, level: number): number {
    const indexes = this.#indexes[direction];
    const travelling = isZodSchema(schema) ? travellingSchema(schema, direction) : schema;
    const known = indexes.get(travelling);
    if (known !== undefined) return known;
    const index = this.#leaf('unknown');
    indexes.set(travelling, index);
    if (travelling === undefined || level > MOST_LEVELS) return index;
    const door = attachmentSchemaOf(travelling)?.service;
    if (door !== undefined) this.#addDoor(door());
    this.#waiting.push(() => {
      this.#shapes[index] = isZodSchema(travelling)
        ? zodNode(travelling, direction, (inner) =>
            this.#indexOf(inner as unknown as StandardSchema, direction, level + 1),
          )
        : { kind: 'custom', name: schema['~standard'].vendor };
    });
    return index;
  }
}
