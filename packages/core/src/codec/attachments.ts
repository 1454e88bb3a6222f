import { isAttachment, leadingToAttachments } from '../contract/attachment-shapes.js';
import { type AttachmentKind, attachmentKindOf, canBeSentAs } from '../contract/attachments.js';
import type { ServiceDescriptor } from '../contract/descriptor.js';
import { otherDoor } from '../contract/door-service.js';
import { insteadOf } from '../contract/instead-of.js';
import type { ShapeNode } from '../contract/shape.js';
import type { AnyService } from '../contract/types.js';
import { NEVER_USED } from './msgpackr.js';
import { chooseOption, type PlaceJudge } from './union-option.js';

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
  /** Whether what has this index is a door to that service. */
  isDoorTo(service: AnyService, index: number): boolean;
}

/** Attachments of one message, at most. */
export const MAX_ATTACHMENTS = 256;

/** Thrown by {@link AttachmentPlaces.takeOut}. */
export class TooManyAttachments extends RangeError {
  constructor() {
    super(`more than ${MAX_ATTACHMENTS} attachments (blobs, descriptors and doors) in one message`);
  }
}

/** In the order of their numbers in a place. */
const KINDS = ['blob', 'fd', 'door'] as const satisfies readonly AttachmentKind[];

/**
 * Takes attachments out of a value, and puts them in. In MessagePack the place of one is an array of the byte that is
 * never used, which no other value can contain, and a number: three times its index, and its kind's.
 *
 * Where attachments are only the contract can say: a Uint8Array is bytes in one place and a blob in another. So the
 * search follows the shapes, and goes only where they may lead to one.
 */
export class AttachmentPlaces {
  readonly #shapes: readonly ShapeNode[];
  readonly #leads: readonly boolean[];
  /** By node that leads to attachments: which of `refs` is a key's. */
  readonly #keys: readonly (ReadonlyMap<string, number> | undefined)[];

  constructor(
    { shapes }: ServiceDescriptor,
    /** Services behind doors, by name. */
    private readonly doors: ReadonlyMap<string, AnyService>,
  ) {
    this.#shapes = shapes;
    this.#leads = leadingToAttachments(shapes);
    this.#keys = shapes.map(({ names, refs = [] }, i) =>
      this.#leads[i] && names ? new Map(names.map((name, at) => [name, refs[at] as number])) : undefined,
    );
  }

  /** Whether values of that shape may hold any. */
  has(shape: number): boolean {
    return this.#leads[shape] === true;
  }

  /**
   * The same value with each attachment replaced by its place. They are added to `found`. Nothing is changed in place.
   * @param refused is told which objects stand in the place of a door and are none that belongs there; they are left as they are
   * @throws TooManyAttachments
   */
  takeOut(value: unknown, shape: number, found: OutgoingAttachment[], refused: Refused): unknown {
    return this.#replace(value, shape, new TakingOut(found, this.doors, refused));
  }

  /**
   * What {@link takeOut} took out, back in its places.
   * @param strict nobody validates the value: where an attachment belongs there has to be one
   * @throws TypeError when the bytes were damaged.
   */
  putIn(value: unknown, shape: number, incoming: IncomingAttachments, strict: boolean): unknown {
    return this.#replace(value, shape, new PuttingIn(incoming, this.doors, strict));
  }

  #replace(value: unknown, shape: number | undefined, walk: Walk): unknown {
    const node = shape === undefined ? undefined : this.#shapes[shape];
    if (shape === undefined || node === undefined || !this.has(shape)) return value;
    if (isAttachment(node)) return walk.replace(node, value);
    const refs = node.refs ?? [];
    switch (node.kind) {
      case 'optional':
        return value === undefined ? value : this.#replace(value, refs[0], walk);
      case 'nullable':
        return value === null ? value : this.#replace(value, refs[0], walk);
      case 'union': {
        const option = chooseOption(this.#shapes, refs, value, walk);
        return option === undefined ? walk.unmatched(value) : this.#replace(value, option, walk);
      }
      case 'intersection':
        return refs.reduce((each: unknown, ref) => this.#replace(each, ref, walk), value);
      case 'array':
        return mapArray(value, (item) => this.#replace(item, refs[0], walk));
      case 'tuple':
        return mapArray(value, (item, i) => {
          const ref = refs[Math.min(i, refs.length - 1)];
          return i < refs.length || node.rest === true ? this.#replace(item, ref, walk) : item;
        });
      case 'set':
        return value instanceof Set
          ? new Set([...value].map((item) => this.#replace(item, refs[0], walk)))
          : value;
      case 'map':
        return value instanceof Map
          ? new Map(
              [...value].map(([key, item]) => [
                this.#replace(key, refs[0], walk),
                this.#replace(item, refs[1], walk),
              ]),
            )
          : value;
      case 'record':
        return mapObject(value, (item) => this.#replace(item, refs[1], walk));
      case 'object': {
        const keys = this.#keys[shape];
        const further = node.extra === 'checked' ? refs[refs.length - 1] : undefined;
        return mapObject(value, (item, key) => this.#replace(item, keys?.get(key) ?? further, walk));
      }
      default:
        return value;
    }
  }
}

/** One way through a value. */
interface Walk extends PlaceJudge {
  replace(node: AttachmentNode, value: unknown): unknown;
  /** A value that none of a union's options can be. */
  unmatched(value: unknown): unknown;
}

/** Where a part of a value stands that is an attachment. */
type AttachmentNode = ShapeNode & { readonly kind: AttachmentKind };

/** Objects that cannot travel where they stand: what is wrong with them, as the end of a sentence. */
export type Refused = Map<object, string>;

/** Through a value before it is sent. */
class TakingOut implements Walk {
  constructor(
    private readonly found: OutgoingAttachment[],
    private readonly doors: ReadonlyMap<string, AnyService>,
    private readonly refused: Refused,
  ) {}

  fits(node: ShapeNode, value: unknown): boolean {
    return canBeSentAs(node.kind as AttachmentKind, value) && this.#otherDoor(node, value) === undefined;
  }

  isOnly(value: unknown): boolean {
    return isPlace(value) || attachmentKindOf(value) !== undefined;
  }

  replace(node: AttachmentNode, value: unknown): unknown {
    const { kind } = node;
    const problem = canBeSentAs(kind, value) ? this.#otherDoor(node, value) : noDoor(node, value);
    if (problem !== undefined) this.refused.set(value as object, problem);
    if (problem !== undefined || !canBeSentAs(kind, value)) return value;
    const { found } = this;
    if (found.length === MAX_ATTACHMENTS) throw new TooManyAttachments();
    found.push({ kind, value });
    return [NEVER_USED, (found.length - 1) * KINDS.length + KINDS.indexOf(kind)];
  }

  unmatched(value: unknown): unknown {
    return value;
  }

  #otherDoor({ kind, name }: ShapeNode, value: unknown): string | undefined {
    const service = kind === 'door' && name !== undefined ? this.doors.get(name) : undefined;
    const other = service === undefined ? undefined : otherDoor(value, service);
    return other === undefined ? undefined : `is ${other}`;
  }
}

/** What is to be said of an object that stands for a door and is none. */
function noDoor({ kind }: AttachmentNode, value: unknown): string | undefined {
  const hint = kind === 'door' ? insteadOf(kind, value) : undefined;
  return hint === undefined || attachmentKindOf(value) !== undefined ? undefined : `is no door; ${hint}`;
}

/** Through a value when it arrives. */
class PuttingIn implements Walk {
  constructor(
    private readonly incoming: IncomingAttachments,
    private readonly doors: ReadonlyMap<string, AnyService>,
    private readonly strict: boolean,
  ) {}

  fits({ kind, name }: ShapeNode, value: unknown): boolean {
    const place = placeOf(value);
    if (place?.kind !== kind) return false;
    const service = kind === 'door' && name !== undefined ? this.doors.get(name) : undefined;
    return service === undefined || this.incoming.isDoorTo(service, place.index);
  }

  isOnly(value: unknown): boolean {
    return isPlace(value);
  }

  replace({ kind, name }: AttachmentNode, value: unknown): unknown {
    const place = placeOf(value);
    if (place === undefined) return this.unmatched(value);
    return this.incoming.at(place.index, kind, name === undefined ? undefined : this.doors.get(name));
  }

  unmatched(value: unknown): unknown {
    return this.strict ? missing() : value;
  }
}

function isPlace(value: unknown): value is [unknown, unknown] {
  return Array.isArray(value) && value.length === 2 && value[0] === NEVER_USED;
}

function placeOf(value: unknown): { readonly index: number; readonly kind: AttachmentKind } | undefined {
  if (!isPlace(value)) return undefined;
  const [, number] = value;
  if (typeof number !== 'number' || !Number.isInteger(number) || number < 0)
    throw new TypeError('misplaced marker');
  const kind = KINDS[number % KINDS.length] as AttachmentKind;
  return { index: Math.floor(number / KINDS.length), kind };
}

function missing(): never {
  throw new TypeError('something else stands in the place of an attachment');
}

function mapArray(value: unknown, change: (item: unknown, index: number) => unknown): unknown {
  if (!Array.isArray(value)) return value;
  const items: readonly unknown[] = value;
  return items.map(change);
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
