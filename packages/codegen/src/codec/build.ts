import type { $ZodObject, $ZodRecord, $ZodType, $ZodTypes, $ZodUnion } from 'zod/v4/core';
import { checksOf } from './checks.js';
import { classOf, coreOfCustom } from './customs.js';
import { hintFor } from './hints.js';
import { keysOf, whenAbsent } from './keys.js';
import { travellingLiterals } from './literals.js';
import {
  below,
  type Direction,
  type Field,
  Node,
  type ObjectCore,
  type Place,
  type UnionCore,
} from './node.js';
import { ANY, NEVER, SIMPLE_CORES } from './simple-cores.js';
import { byDiscriminator, byKinds, onlyLiterals } from './unions.js';

/** Told what cannot travel. */
export type Report = (place: Place, reason: string, hint: string) => void;

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
    const inner = (innerType: $ZodType, step = 'innerType') =>
      this.enter(innerType, below(place, step), seen);
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
          node.base = this.builder.build(def.innerType, below(place, 'innerType'), 'output', true).bare;
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
    if (checksOf(schema).length === 0) return;
    // They look at undefined and null as well, where those are values of the schema.
    node.ownPassesNullish = node.ownCore.kind !== 'any' && !(node.undefinedOk || node.nullOk);
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
    const simple = SIMPLE_CORES.get(def.type);
    if (simple !== undefined) {
      node.ownCore = simple;
      if (def.type === 'undefined' || def.type === 'void') node.ownUndefinedOk = true;
      if (def.type === 'null') node.ownNullOk = true;
      return;
    }
    const child = (of: $ZodType, ...steps: (string | number)[]) =>
      this.builder.build(of, below(place, ...steps), this.direction, this.exact);
    switch (def.type) {
      case 'template_literal':
        node.ownCore = { kind: 'str' };
        node.ownJudged = this.direction === 'input';
        return;
      case 'success':
        if (this.direction === 'output') node.ownCore = { kind: 'bool' };
        else this.#described();
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
      this.builder.build(schema, below(this.node.place, ...path), this.direction, this.exact);
    }
  }

  #literals(values: readonly unknown[]): void {
    const { node } = this;
    if (values.includes(undefined)) node.ownUndefinedOk = true;
    if (values.includes(null)) node.ownNullOk = true;
    const literals = travellingLiterals(values);
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
      core.fields.push(this.#field(name, field, below(place, 'shape', name)));
    }
    const rest = (catchall as $ZodTypes | undefined)?._zod.def.type;
    if (rest === 'never') {
      core.others = 'refused';
    } else if (rest !== undefined) {
      core.others = 'kept';
      core.other = this.builder.build(
        catchall as $ZodType,
        below(place, 'catchall'),
        this.direction,
        this.exact,
      );
    }
  }

  #field(name: string, schema: $ZodType, place: Place): Field {
    const node = this.builder.build(schema, place, this.direction, this.exact);
    return { name, node, absent: whenAbsent(schema, node, this.direction) };
  }

  #record(schema: $ZodRecord, place: Place): void {
    const { keyType, valueType } = schema._zod.def;
    const keys = keysOf(schema);
    const value = (...steps: string[]) =>
      this.builder.build(valueType, below(place, ...steps), this.direction, this.exact);
    if (keys === 'any') {
      const core = { kind: 'record' as const, value: this.node };
      this.node.ownCore = core;
      core.value = value('valueType');
      return;
    }
    if (keys !== undefined) {
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
      core.fields.push(...keys.map((name): Field => ({ name, node, absent: 'refused' })));
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
        this.builder.build(option, below(place, 'options', i), this.direction, this.exact),
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
    const core = coreOfCustom(schema);
    if (core === undefined) {
      const name = classOf(schema)?.name;
      const what = name === undefined ? 'z.custom()' : `z.instanceof(${name})`;
      this.report(place, `what ${what} accepts is not known, so it cannot travel`, hintFor('custom'));
      this.#described();
      return;
    }
    node.ownCore = core;
    // Its own check is that it is of the class; further ones are code.
    if (this.direction === 'input' && (schema._zod.def.checks?.length ?? 0) > 0) node.ownJudged = true;
  }
}
