import type { AttachmentKind } from '../contract/attachments.js';
import { attachmentKindOf, canBeSentAs } from '../contract/attachments.js';
import type { ServiceDescriptor } from '../contract/descriptor.js';
import type { ShapeNode } from '../contract/shape.js';
import type { AnyService } from '../contract/types.js';
import { RpcError } from '../errors/rpc-error.js';
import { NEVER_USED } from './msgpackr.js';

/** A value that travels beside the message that it was found in. */
export interface OutgoingAttachment {
  readonly kind: AttachmentKind;
  readonly value: unknown;
}

/** What came beside a message. */
export interface IncomingAttachments {
  /**
   * The value behind an index of the message's body. Each is asked for once.
   * @param service of a door
   * @throws TypeError for one that there is not, or of another kind, or that was asked for before.
   */
  at(index: number, kind: AttachmentKind, service: AnyService | undefined): unknown;
}

/** Attachments of one message, at most. */
export const MAX_ATTACHMENTS = 256;

/**
 * Takes attachments out of a value, and puts them in. In MessagePack the place of one is an array of the byte that is
 * never used, which no other value can contain, and its index.
 *
 * Where attachments are only the contract can say: a Uint8Array is bytes in one place and a blob in another. So the
 * search follows the shapes, and goes only where they may lead to one.
 */
export class AttachmentPlaces {
  readonly #shapes: readonly ShapeNode[];
  readonly #leads: readonly boolean[];

  constructor(
    { shapes }: ServiceDescriptor,
    /** Services behind doors, by name. */
    private readonly doors: ReadonlyMap<string, AnyService>,
  ) {
    this.#shapes = shapes;
    this.#leads = leadingToAttachments(shapes);
  }

  /** Whether values of that shape may hold any. */
  has(shape: number): boolean {
    return this.#leads[shape] === true;
  }

  /**
   * The same value with each attachment replaced by its index in `found`, which they are added to. Nothing is changed in
   * place.
   * @throws RpcError INVALID_ARGUMENT for more than {@link MAX_ATTACHMENTS}.
   */
  takeOut(value: unknown, shape: number, found: OutgoingAttachment[]): unknown {
    return this.#replace(value, shape, (kind, _node, each) => {
      if (!canBeSentAs(kind, each)) return each;
      if (found.length === MAX_ATTACHMENTS) {
        throw new RpcError(
          'INVALID_ARGUMENT',
          `more than ${MAX_ATTACHMENTS} blobs, descriptors and doors in a message`,
        );
      }
      found.push({ kind, value: each });
      return [NEVER_USED, found.length - 1];
    });
  }

  /** What {@link takeOut} took out, back in its places. @throws TypeError when the bytes were damaged. */
  putIn(value: unknown, shape: number, incoming: IncomingAttachments): unknown {
    return this.#replace(value, shape, (kind, node, each) => {
      if (!isPlace(each)) {
        // A schema takes what its sender may pass: a number would be a descriptor that nobody has handed over.
        if (attachmentKindOf(each) === undefined && canBeSentAs(kind, each))
          throw new TypeError(`a ${kind} did not come beside the message`);
        return each;
      }
      const index: unknown = each[1];
      if (typeof index !== 'number') throw new TypeError('misplaced marker');
      return incoming.at(index, kind, node.name === undefined ? undefined : this.doors.get(node.name));
    });
  }

  #replace(value: unknown, shape: number, leaf: Leaf): unknown {
    const node = this.#shapes[shape];
    if (node === undefined || !this.has(shape)) return value;
    const refs = node.refs ?? [];
    switch (node.kind) {
      case 'blob':
      case 'fd':
      case 'door':
        return leaf(node.kind, node, value);
      case 'optional':
      case 'nullable':
        return value === undefined || value === null ? value : this.#replace(value, refs[0] as number, leaf);
      case 'union':
        return this.#replaceInUnion(value, refs, leaf);
      case 'intersection':
        return refs.reduce((each: unknown, ref) => this.#replace(each, ref, leaf), value);
      case 'array':
        return mapArray(value, (item) => this.#replace(item, refs[0] as number, leaf));
      case 'tuple':
        return mapArray(value, (item, i) => {
          const ref = refs[Math.min(i, refs.length - 1)] as number;
          return i < refs.length || node.rest === true ? this.#replace(item, ref, leaf) : item;
        });
      case 'set':
        return value instanceof Set
          ? new Set([...value].map((item) => this.#replace(item, refs[0] as number, leaf)))
          : value;
      case 'map':
        return value instanceof Map
          ? new Map(
              [...value].map(([key, item]) => [
                this.#replace(key, refs[0] as number, leaf),
                this.#replace(item, refs[1] as number, leaf),
              ]),
            )
          : value;
      case 'record':
        return mapObject(value, (item) => this.#replace(item, refs[1] as number, leaf));
      case 'object': {
        const names = node.names ?? [];
        return mapObject(value, (item, key) => {
          const at = names.indexOf(key);
          const ref = at >= 0 ? refs[at] : node.extra === 'checked' ? refs[names.length] : undefined;
          return ref === undefined ? item : this.#replace(item, ref, leaf);
        });
      }
      default:
        return value;
    }
  }

  /** Options are tried in the contract's order; what one has replaced is no attachment to the next. */
  #replaceInUnion(value: unknown, refs: readonly number[], leaf: Leaf): unknown {
    let replaced = value;
    for (const ref of refs) {
      const kind = this.#shapes[ref]?.kind;
      // Bytes that an earlier option takes as such are no blob.
      if (kind === 'bytes' && value instanceof Uint8Array) return value;
      replaced = this.#replace(replaced, ref, leaf);
    }
    return replaced;
  }
}

type Leaf = (kind: AttachmentKind, node: ShapeNode, value: unknown) => unknown;

/** By shape of a table: whether values of it may hold attachments. */
export function leadingToAttachments(shapes: readonly ShapeNode[]): readonly boolean[] {
  const leads = shapes.map(({ kind }) => kind === 'blob' || kind === 'fd' || kind === 'door');
  for (let changed = leads.includes(true); changed; ) {
    changed = false;
    shapes.forEach((node, i) => {
      if (leads[i] !== true && (node.refs ?? []).some((ref) => leads[ref])) leads[i] = changed = true;
    });
  }
  return leads;
}

function isPlace(value: unknown): value is [unknown, unknown] {
  return Array.isArray(value) && value.length === 2 && value[0] === NEVER_USED;
}

function mapArray(value: unknown, change: (item: unknown, index: number) => unknown): unknown {
  if (!Array.isArray(value)) return value;
  const items: readonly unknown[] = value;
  return isPlace(value) ? value : items.map(change);
}

function mapObject(value: unknown, change: (item: unknown, key: string) => unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || ArrayBuffer.isView(value))
    return value;
  let copy: Record<string, unknown> | undefined;
  for (const key of Object.keys(value)) {
    const item = (value as Readonly<Record<string, unknown>>)[key];
    const changed = change(item, key);
    if (changed === item) continue;
    copy ??= { ...value };
    copy[key] = changed;
  }
  return copy ?? value;
}
