import type { AttachmentKind } from '@doorcall/core/contract';
import type { $ZodType } from 'zod/v4/core';

/** Which side of a schema travels. */
export type Direction = 'input' | 'output';

/** Methods of a service by who serves them: its servers, or its clients. */
export type MethodGroup = 'methods' | 'callbacks';

/** Where a schema stands in a contract, as `schemaAt` of '@doorcall/core/generated' finds it. */
export interface Place {
  /** Whether the method is one of the service or of its callbacks. */
  readonly of: MethodGroup;
  readonly method: string;
  /** `input`, `output`, or the reason of a declared error. */
  readonly side: string;
  readonly steps: readonly (string | number)[];
}

/** Where a part of a schema stands. */
export function below(place: Place, ...steps: readonly (string | number)[]): Place {
  return { ...place, steps: [...place.steps, ...steps] };
}

/** A literal that travels as its index. Undefined and null are states, not literals. */
export type Literal = string | number | bigint | boolean;

/** How a value that is neither undefined nor null is written. */
export type Core =
  | { readonly kind: 'str' | 'num' | 'bool' | 'bigint' | 'date' | 'blob' | 'any' | 'never' }
  /** It travels beside the message. */
  | { readonly kind: 'attachment'; readonly of: AttachmentKind }
  | { readonly kind: 'literal'; readonly values: readonly Literal[] }
  | ObjectCore
  | { readonly kind: 'array'; element: Node }
  | { readonly kind: 'tuple'; readonly items: Node[]; rest: Node | undefined }
  | { readonly kind: 'record'; value: Node }
  | { readonly kind: 'map'; key: Node; value: Node }
  | { readonly kind: 'set'; value: Node }
  | UnionCore;

export interface ObjectCore {
  readonly kind: 'object';
  readonly fields: Field[];
  /** What becomes of other keys: dropped, refused, or kept as values of `other`. */
  others: 'dropped' | 'refused' | 'kept';
  other: Node | undefined;
  /** Only objects with a plain prototype: the keys of a record. */
  readonly plain: boolean;
  /** A value with other keys does not travel like this, although they would be dropped: nobody has parsed it. */
  readonly exact: boolean;
}

export interface Field {
  readonly name: string;
  readonly node: Node;
  /** What an absent key means. */
  readonly absent: 'refused' | 'left-out' | 'substituted' | 'substituted-unless-undefined' | 'tried';
}

/** A value of exactly one option, told by its kind or by a key that all options have. */
export interface UnionCore {
  readonly kind: 'union';
  readonly options: Node[];
  /** By what the option is told: kinds of values for each, or the values of a key. */
  by: ByKinds | ByKey;
}

export interface ByKinds {
  readonly kinds: readonly (readonly ValueKind[])[];
}

export interface ByKey {
  readonly key: string;
  readonly values: readonly (readonly Literal[])[];
}

/** Kinds that can be told apart at a glance. Everything that is an object but no array is one. */
export type ValueKind =
  | 'undefined'
  | 'null'
  | 'string'
  | 'number'
  | 'bigint'
  | 'boolean'
  | 'array'
  | 'object';

/** A layer around a core that changes what is accepted or returned. */
export interface Layer {
  readonly type: 'readonly' | 'checks';
  readonly schema: $ZodType;
  readonly place: Place;
}

/**
 * One schema, as it travels and as it is validated. The node of a bare schema has its core; that of a schema with
 * layers around it has the bare one's node as its base. What depends on the base is looked up late: in a recursive
 * contract the base may still be in the making when the layers are put around it.
 */
export class Node {
  /** The node of the schema within the layers. */
  base: Node | undefined;
  ownCore: Core = { kind: 'any' };
  /** What a layer decides; undefined leaves it to the base. */
  ownUndefinedOk: boolean | undefined;
  ownNullOk: boolean | undefined;
  ownPassesNullish = true;
  ownJudged = false;
  /** Something else may stand in for a value: a default, or what follows a failure. It may be of any kind. */
  standsIn = false;
  /** zod judges it if the base may come out as undefined. */
  judgedIfUndefined = false;
  /** From the core outwards. */
  readonly ownLayers: Layer[] = [];

  constructor(
    readonly schema: $ZodType,
    readonly place: Place,
  ) {}

  /** The node that has the core. */
  get bare(): Node {
    return this.base ?? this;
  }

  get core(): Core {
    return this.bare.ownCore;
  }

  get undefinedOk(): boolean {
    return this.ownUndefinedOk ?? this.bare.ownUndefinedOk ?? false;
  }

  get nullOk(): boolean {
    return this.ownNullOk ?? this.bare.ownNullOk ?? false;
  }

  /** zod judges the value that was read: there is code in it, or more than generated code knows. */
  get judged(): boolean {
    const mayBeUndefined = this.core.kind === 'any' || (this.bare.ownUndefinedOk ?? false);
    return this.ownJudged || this.bare.ownJudged || (this.judgedIfUndefined && mayBeUndefined);
  }

  /** Undefined comes out as undefined, null as null: nothing looks at them. */
  get passesNullish(): boolean {
    return !this.judged && this.ownPassesNullish && this.bare.ownPassesNullish;
  }

  get layers(): readonly Layer[] {
    return this.judged ? [] : this.ownLayers;
  }
}

/** Nodes that a core is made of. */
export function partsOf(core: Core): readonly Node[] {
  switch (core.kind) {
    case 'object':
      return [...core.fields.map(({ node }) => node), ...(core.other === undefined ? [] : [core.other])];
    case 'array':
      return [core.element];
    case 'tuple':
      return [...core.items, ...(core.rest === undefined ? [] : [core.rest])];
    case 'record':
    case 'set':
      return [core.value];
    case 'map':
      return [core.key, core.value];
    case 'union':
      return core.options;
    default:
      return [];
  }
}

export function isComposite(core: Core): boolean {
  return ['object', 'array', 'tuple', 'record', 'map', 'set', 'union'].includes(core.kind);
}

/** Whether a byte before the value tells if there is one. What describes itself needs none. */
export function isStated(node: Node): boolean {
  return node.core.kind !== 'any' && (node.undefinedOk || node.nullOk);
}

/** Whether a field has two bits in its object's head. */
export function hasState({ node, absent }: Field): boolean {
  return absent !== 'refused' && absent !== 'left-out'
    ? true
    : absent === 'left-out' || node.undefinedOk || node.nullOk;
}

/** What generated code cannot do, at generation time. */
export interface Diagnostic {
  readonly severity: 'error' | 'warning';
  readonly service: string;
  readonly method: string;
  /** `error` is the data of a declared error. */
  readonly side: 'input' | 'output' | 'error';
  /** Where in the schema, e.g. `items[].price`; empty for the schema itself. */
  readonly path: string;
  readonly reason: string;
  readonly hint: string;
}
