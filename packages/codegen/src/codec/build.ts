import { attachmentSchemaOf } from '@doorcall/core/contract';
import type { $ZodObject, $ZodRecord, $ZodType, $ZodTypes, $ZodUnion } from 'zod/v4/core';
import { checksOf } from './checks.js';
import { hintFor } from './hints.js';
import {
  type Core,
  type Direction,
  type Field,
  type Literal,
  Node,
  type ObjectCore,
  type Place,
  type UnionCore,
} from './node.js';
import { byDiscriminator, byKinds, onlyLiterals } from './unions.js';

/** Told what cannot travel. */
export type Report = (place: Place, reason: string, hint: string) => void;

const ANY: Core = { kind: 'any' };
const NEVER: Core = { kind: 'never' };

/** Schemas within one another, and in all, that code is generated for. */
const MOST_STEPS = 64;
const MOST_NODES = 20_000;

/**
 * Turns schemas into nodes. One schema has one node for each direction, so a recursive schema is a ring of nodes.
 *
 * The rule that all of it follows: what is written is enough for zod to come to the same result as with the value
 * itself. Where that takes more than the structure (overlapping unions, code that sees the raw value), the value
 * travels with tags that describe it, and zod judges it.
 */
export class NodeBuilder {
  readonly #known = new Map<string, Map<$ZodType, Node>>();
  #count = 0;

  constructor(private readonly report: Report) {}

  build(schema: $ZodType, place: Place, direction: Direction, exact = false): Node {
    const key = `${direction} ${exact}`;
    const known = this.#known.get(key) ?? new Map<$ZodType, Node>();
    this.#known.set(key, known);
    const existing = known.get(schema);
    if (existing !== undefined) return existing;
    const node = new Node(schema, place);
    known.set(schema, node);
    this.#count += 1;
    if (place.steps.length > MOST_STEPS || this.#count > MOST_NODES) {
      // A contract that makes a new schema at each look never ends: from here on zod does it all.
      node.ownUndefinedOk = true;
      node.ownNullOk = true;
      node.ownJudged = direction === 'input';
      return node;
    }
    new Filler(this, node, direction, exact, this.report).enter(schema, place, new Set());
    return node;
  }
}

class Filler {
  constructor(
    private readonly builder: NodeBuilder,
    private readonly node: Node,
    private readonly direction: Direction,
    private readonly exact: boolean,
    private readonly report: Report,
  ) {}

  /** From the outside inwards: layers first, then the core. */
  enter(schema: $ZodType, place: Place, seen: Set<$ZodType>): void {
    const { node } = this;
    if (seen.has(schema)) {
      this.#described();
      return;
    }
    seen.add(schema);
    const def = (schema as $ZodTypes)._zod.def;
    const inner = (innerType: $ZodType, step = 'innerType') => this.enter(innerType, add(place, step), seen);
    switch (def.type) {
      case 'lazy':
        inner((schema as unknown as { _zod: { innerType: $ZodType } })._zod.innerType, 'lazy');
        break;
      case 'readonly':
        inner(def.innerType);
        node.ownLayers.push({ type: 'readonly', schema, place });
        break;
      case 'optional':
        inner(def.innerType);
        if (!schema._zod.traits.has('$ZodExactOptional')) {
          node.ownUndefinedOk = true;
          if (def.innerType._zod.optin === 'defaulted') node.ownPassesNullish = false;
        }
        break;
      case 'nullable':
        inner(def.innerType);
        node.ownNullOk = true;
        break;
      case 'nonoptional':
        inner(def.innerType);
        node.ownUndefinedOk = false;
        node.judgedIfUndefined = true;
        break;
      case 'default':
      case 'prefault':
      case 'catch':
        if (this.direction === 'output') {
          // What stands in for a value has never been parsed: it may have keys that a parsed value cannot have.
          node.base = this.builder.build(def.innerType, add(place, 'innerType'), 'output', true).bare;
          node.ownUndefinedOk = true;
          node.ownNullOk = true;
          node.standsIn = true;
          return;
        }
        if (def.type === 'catch') {
          this.#described();
          return;
        }
        inner(def.innerType);
        node.ownUndefinedOk = true;
        node.ownPassesNullish = false;
        // What came out as undefined is replaced, too.
        node.judgedIfUndefined = true;
        break;
      case 'pipe':
        if (this.direction === 'output') {
          inner(def.out, 'out');
          return;
        }
        inner(def.in, 'in');
        node.ownJudged = true;
        break;
      default:
        if (schema === node.schema) this.#bare(schema as $ZodTypes, place);
        else node.base = this.builder.build(schema, place, this.direction, this.exact);
        return;
    }
    if (this.direction === 'input' && (schema._zod.def.checks?.length ?? 0) > 0) {
      node.ownPassesNullish = false;
      node.ownLayers.push({ type: 'checks', schema, place });
    }
  }

  #bare(schema: $ZodTypes, place: Place): void {
    const { node } = this;
    this.#core(schema, place);
    if (checksOf(schema).length > 0 && node.ownCore.kind !== 'any') {
      // They look at undefined and null as well, where those are values of the schema.
      node.ownPassesNullish = !(node.undefinedOk || node.nullOk);
    } else if (checksOf(schema).length > 0) {
      node.ownPassesNullish = false;
    }
  }

  #anything(): void {
    this.node.ownUndefinedOk = true;
    this.node.ownNullOk = true;
  }

  #core(schema: $ZodTypes, place: Place): void {
    const { node } = this;
    const def = schema._zod.def;
    if (this.direction === 'input' && 'coerce' in def && def.coerce === true) {
      this.#described();
      return;
    }
    const child = (of: $ZodType, ...steps: (string | number)[]) =>
      this.builder.build(of, add(place, ...steps), this.direction, this.exact);
    switch (def.type) {
      case 'string':
        node.ownCore = { kind: 'str' };
        return;
      case 'template_literal':
        node.ownCore = { kind: 'str' };
        node.ownJudged = this.direction === 'input';
        return;
      case 'number':
      case 'nan':
        node.ownCore = { kind: 'num' };
        return;
      case 'bigint':
        node.ownCore = { kind: 'bigint' };
        return;
      case 'boolean':
        node.ownCore = { kind: 'bool' };
        return;
      case 'success':
        if (this.direction === 'output') node.ownCore = { kind: 'bool' };
        else this.#described();
        return;
      case 'date':
        node.ownCore = { kind: 'date' };
        return;
      case 'undefined':
      case 'void':
        node.ownCore = NEVER;
        node.ownUndefinedOk = true;
        return;
      case 'null':
        node.ownCore = NEVER;
        node.ownNullOk = true;
        return;
      case 'never':
        node.ownCore = NEVER;
        return;
      case 'any':
      case 'unknown':
        node.ownCore = ANY;
        this.#anything();
        return;
      case 'transform':
        this.#described();
        return;
      case 'literal':
        this.#literals(def.values);
        return;
      case 'enum':
        this.#literals([...(schema._zod as unknown as { values: Set<unknown> }).values]);
        return;
      case 'object':
        this.#object(schema as $ZodObject, place);
        return;
      case 'array': {
        const core = { kind: 'array' as const, element: node };
        node.ownCore = core;
        core.element = child(def.element, 'element');
        return;
      }
      case 'tuple': {
        const { rest } = def;
        if (def.items.some((item) => item._zod.optin !== undefined || item._zod.optout !== undefined)) {
          this.#describedParts([
            ...def.items.map((item, i) => [item, 'items', i] as const),
            ...(rest ? [[rest, 'rest'] as const] : []),
          ]);
          return;
        }
        const core = { kind: 'tuple' as const, items: [] as Node[], rest: undefined as Node | undefined };
        node.ownCore = core;
        core.items.push(...def.items.map((item, i) => child(item, 'items', i)));
        if (rest) core.rest = child(rest, 'rest');
        return;
      }
      case 'record':
        this.#record(schema as $ZodRecord, place);
        return;
      case 'map': {
        const core = { kind: 'map' as const, key: node, value: node };
        node.ownCore = core;
        core.key = child(def.keyType, 'keyType');
        core.value = child(def.valueType, 'valueType');
        return;
      }
      case 'set': {
        const core = { kind: 'set' as const, value: node };
        node.ownCore = core;
        core.value = child(def.valueType, 'valueType');
        return;
      }
      case 'union':
        this.#union(schema as $ZodUnion, place);
        return;
      case 'intersection':
        this.#describedParts([
          [def.left, 'left'],
          [def.right, 'right'],
        ]);
        return;
      case 'custom':
        this.#custom(schema, place);
        return;
      default:
        this.report(place, `a value of z.${def.type}() cannot travel`, hintFor(def.type));
        this.#described();
    }
  }

  /** The value travels with tags that describe it, and zod judges it. */
  #described(): void {
    this.node.ownCore = ANY;
    this.#anything();
    if (this.direction === 'input') this.node.ownJudged = true;
  }

  /** The same for a schema that is made of others, which may have parts that cannot travel. */
  #describedParts(parts: readonly (readonly [$ZodType, string | number, (string | number)?])[]): void {
    this.#described();
    for (const [schema, ...steps] of parts) {
      const path = steps.filter((step) => step !== undefined);
      this.builder.build(schema, add(this.node.place, ...path), this.direction, this.exact);
    }
  }

  #literals(values: readonly unknown[]): void {
    const { node } = this;
    const literals: Literal[] = [];
    for (const value of new Set(values)) {
      if (value === undefined) node.ownUndefinedOk = true;
      else if (value === null) node.ownNullOk = true;
      // zod compares by identity, which nothing that travels has.
      else if (typeof value !== 'object' && typeof value !== 'function' && typeof value !== 'symbol')
        literals.push(value as Literal);
    }
    node.ownCore = literals.length === 0 ? NEVER : { kind: 'literal', values: literals };
  }

  #object(schema: $ZodObject, place: Place): void {
    const { shape, catchall } = schema._zod.def;
    if (Object.getOwnPropertySymbols(shape).length > 0) {
      this.report(place, 'a key that is a symbol cannot travel', 'name the key by a string');
    }
    const core: ObjectCore = {
      kind: 'object',
      fields: [],
      others: 'dropped',
      other: undefined,
      plain: false,
      exact: this.exact,
    };
    this.node.ownCore = core;
    for (const [name, field] of Object.entries(shape)) {
      // zod neither looks at it nor returns it.
      if (name === '__proto__') continue;
      core.fields.push(this.#field(name, field, add(place, 'shape', name)));
    }
    const rest = (catchall as $ZodTypes | undefined)?._zod.def.type;
    if (rest === 'never') {
      core.others = 'refused';
    } else if (rest !== undefined) {
      core.others = 'kept';
      core.other = this.builder.build(
        catchall as $ZodType,
        add(place, 'catchall'),
        this.direction,
        this.exact,
      );
    }
  }

  #field(name: string, schema: $ZodType, place: Place): Field {
    const node = this.builder.build(schema, place, this.direction, this.exact);
    const { optin, optout } = schema._zod;
    if (this.direction === 'output') {
      return { name, node, absent: optout === 'optional' || node.undefinedOk ? 'left-out' : 'refused' };
    }
    if (optin === undefined) return { name, node, absent: 'refused' };
    const optionalOut = optout === 'optional';
    if (optin === 'defaulted') return { name, node, absent: optionalOut ? 'tried' : 'substituted' };
    return { name, node, absent: optionalOut ? 'left-out' : 'substituted-unless-undefined' };
  }

  #record(schema: $ZodRecord, place: Place): void {
    const { keyType, valueType, ...def } = schema._zod.def;
    const { mode, partial } = def as { mode?: string; partial?: boolean };
    const key = keyType as $ZodTypes;
    const anyKey =
      key._zod.def.type === 'string' &&
      !('coerce' in key._zod.def && key._zod.def.coerce === true) &&
      !key._zod.traits.has('$ZodCheck') &&
      (key._zod.def.checks?.length ?? 0) === 0;
    const value = (...steps: string[]) =>
      this.builder.build(valueType, add(place, ...steps), this.direction, this.exact);
    if (anyKey) {
      const core = { kind: 'record' as const, value: this.node };
      this.node.ownCore = core;
      core.value = value('valueType');
      return;
    }
    const names = key._zod.values;
    const enumerable =
      names !== undefined && [...names].every((name) => typeof name === 'string' && name !== '__proto__');
    if (
      enumerable &&
      partial !== true &&
      mode !== 'loose' &&
      key._zod.def.type === 'enum' &&
      valueType._zod.optin === undefined
    ) {
      const core: ObjectCore = {
        kind: 'object',
        fields: [],
        others: 'refused',
        other: undefined,
        plain: true,
        exact: false,
      };
      this.node.ownCore = core;
      const node = value('valueType');
      core.fields.push(
        ...[...names].map((name): Field => ({ name: name as string, node, absent: 'refused' })),
      );
      return;
    }
    this.#describedParts([
      [keyType, 'keyType'],
      [valueType, 'valueType'],
    ]);
  }

  #union(schema: $ZodUnion, place: Place): void {
    const { node } = this;
    const def = schema._zod.def as $ZodUnion['_zod']['def'] & {
      readonly unionFallback?: boolean;
      readonly discriminator?: string;
    };
    const { options, discriminator } = def;
    if (options.length === 0 || schema._zod.traits.has('$ZodXor') || def.unionFallback === true) {
      this.#describedParts(options.map((option, i) => [option, 'options', i]));
      return;
    }
    const core: UnionCore = { kind: 'union', options: [], by: { kinds: [] } };
    node.ownCore = core;
    core.options.push(
      ...options.map((option, i) =>
        this.builder.build(option, add(place, 'options', i), this.direction, this.exact),
      ),
    );
    const kinds = discriminator === undefined ? byKinds(core.options) : undefined;
    if (kinds !== undefined) {
      core.by = kinds;
      node.ownUndefinedOk = kinds.kinds.flat().includes('undefined');
      node.ownNullOk = kinds.kinds.flat().includes('null');
      node.ownPassesNullish = core.options.every((option) => option.passesNullish);
      return;
    }
    const literals = discriminator === undefined ? onlyLiterals(core.options) : undefined;
    if (literals !== undefined) {
      node.ownCore = { kind: 'literal', values: literals };
      node.ownUndefinedOk = core.options.some((option) => option.undefinedOk);
      node.ownNullOk = core.options.some((option) => option.nullOk);
      return;
    }
    const key = byDiscriminator(options, discriminator);
    if (key === undefined) this.#described();
    else core.by = key;
  }

  #custom(schema: $ZodTypes, place: Place): void {
    const { node } = this;
    const attachment = attachmentSchemaOf(schema);
    const of = (schema._zod.bag as { Class?: { name?: string } } | undefined)?.Class;
    const name = of?.name;
    // The class itself: one of somebody's own may have the same name.
    if (attachment !== undefined) {
      node.ownCore = { kind: 'attachment', of: attachment.kind };
    } else if (of === Uint8Array) {
      node.ownCore = { kind: 'blob' };
    } else if (of === Date) {
      node.ownCore = { kind: 'date' };
    } else {
      const what = name === undefined ? 'z.custom()' : `z.instanceof(${name})`;
      this.report(place, `what ${what} accepts is not known, so it cannot travel`, hintFor('custom'));
      this.#described();
      return;
    }
    // Its own check is that it is of the class; further ones are code.
    if (this.direction === 'input' && (schema._zod.def.checks?.length ?? 0) > 0) node.ownJudged = true;
  }
}

function add(place: Place, ...more: readonly (string | number)[]): Place {
  return { ...place, steps: [...place.steps, ...more] };
}
