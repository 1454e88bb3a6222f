import type { $ZodType } from 'zod/v4/core';
import { attachmentTypes } from './attachment-types.js';
import { isPartialRecord, recordKeys, requiredItems } from './children.js';
import { enumValues } from './enum-values.js';
import { globalClassType } from './global-class.js';
import type { GraphNode, TypeGraph } from './graph.js';
import { pascalCase, quoted, type TypeNames } from './identifiers.js';
import { metadataOf, propertyDocs } from './metadata.js';
import { idOf } from './naming.js';
import { mayBeAbsent } from './optional-keys.js';
import { type Direction, defOf } from './schema.js';
import {
  type Declaration,
  generic,
  isMapped,
  type Member,
  madeReadonly,
  NEVER,
  NULL,
  type TypeNode,
  text,
  UNDEFINED,
  union,
  withoutUndefined,
} from './type-node.js';

/** Where a type stands. */
export interface Place {
  /** The same type as the contract's own text has it; undefined where there is none that is taken out of it. */
  readonly reference: string | undefined;
  /** Begins the name of a declaration that is made here. */
  readonly name: string;
}

/** What two schemas wide apart in a type have in common to be written alike. */
const UNCHECKED_REST = new Set(['unknown', 'any']);

/** Writes the types of schemas, and declares those that have names where they first occur. */
export class TypeRenderer {
  readonly declarations: Declaration[] = [];
  readonly #declared = new Map<GraphNode, Declaration>();
  readonly #reserved = new Map<GraphNode, Pick<Declaration, 'name' | 'docs'>>();

  constructor(
    private readonly graph: TypeGraph,
    private readonly named: ReadonlySet<GraphNode>,
    private readonly names: TypeNames,
  ) {}

  /** References to the contract's own types that were written. */
  readonly references = new Set<string>();
  /** Types of blobs and descriptors that were written. */
  readonly attachments = new Set<string>();

  /**
   * Reserves a method's own name for a schema's type, wherever it is first written.
   *
   * @param docs stand above those of the schema
   */
  reserve(schema: $ZodType, direction: Direction, name: string, docs: readonly string[]): void {
    const node = this.graph.nodeOf(schema, direction);
    if (!this.#isNamed(node) || idOf(node) !== undefined || this.#reserved.has(node)) return;
    this.#reserved.set(node, { name, docs: [...docs, ...metadataOf(schema).docs] });
  }

  /** Declares a schema's type under a name. */
  root(
    schema: $ZodType,
    direction: Direction,
    name: string,
    reference: string,
    docs: readonly string[],
  ): void {
    const node = this.graph.nodeOf(schema, direction);
    const place = { reference, name };
    if (this.#reserved.get(node)?.name === name) {
      this.render(schema, direction, place);
      return;
    }
    const own = this.#isNamed(node) ? [] : metadataOf(schema).docs;
    const declaration: Declaration = { name, docs: [...docs, ...own], type: NEVER };
    this.declarations.push(declaration);
    declaration.type = this.render(schema, direction, place);
  }

  /** Declares the type of a schema of another library than zod. */
  foreignRoot(name: string, reference: string, docs: readonly string[]): void {
    this.declarations.push({ name, docs, type: this.#reference({ reference, name }) });
  }

  /** The type of a schema, as it stands within another one. */
  render(schema: $ZodType, direction: Direction, place: Place): TypeNode {
    const node = this.graph.nodeOf(schema, direction);
    if (this.graph.needsReference(node)) return this.#reference(place);
    if (!this.named.has(node)) return this.#write(node, place);
    const declaration = this.#declared.get(node) ?? this.#declare(node, place);
    return { kind: 'name', declaration };
  }

  #isNamed(node: GraphNode): boolean {
    return this.named.has(node) && !this.graph.needsReference(node);
  }

  #declare(node: GraphNode, place: Place): Declaration {
    const { name, docs } = this.#reserved.get(node) ?? {
      name: this.#nameFor(node, place),
      docs: metadataOf(node.schema).docs,
    };
    const declaration: Declaration = { name, docs, type: NEVER };
    this.declarations.push(declaration);
    this.#declared.set(node, declaration);
    declaration.type = this.#write(node, { ...place, name });
    return declaration;
  }

  #nameFor(node: GraphNode, { name }: Place): string {
    const id = idOf(node);
    if (id === undefined) return this.names.take(name);
    const differs = this.graph.nodeOf(node.schema, 'input') !== this.graph.nodeOf(node.schema, 'output');
    return this.names.take(`${pascalCase(id)}${differs && node.direction === 'input' ? 'Input' : ''}`);
  }

  #reference({ reference }: Place): TypeNode {
    if (reference === undefined) throw new Error('a type that can neither be written nor be referred to');
    this.references.add(reference);
    return text(reference);
  }

  #write(node: GraphNode, place: Place): TypeNode {
    const { schema, direction } = node;
    const def = defOf(schema);
    const within = (inner: $ZodType, label = '', index?: string): TypeNode =>
      this.render(inner, direction, {
        name: `${place.name}${pascalCase(label)}`,
        reference: index === undefined || place.reference === undefined ? undefined : place.reference + index,
      });
    switch (def.type) {
      case 'string':
      case 'number':
      case 'bigint':
      case 'boolean':
      case 'null':
      case 'undefined':
      case 'void':
      case 'never':
      case 'any':
      case 'unknown':
        return text(def.type);
      case 'nan':
        return text('number');
      case 'date':
        return text('Date');
      case 'literal':
        return union(def.values.map(literal));
      case 'enum':
        return union(enumValues(def.entries).map(literal));
      case 'template_literal':
        return { kind: 'template', parts: def.parts.map((part) => this.#templatePart(part, place)) };
      case 'custom': {
        const type = attachmentTypes(schema)?.[direction];
        if (type !== undefined) {
          this.attachments.add(type);
          return text(type);
        }
        return generic('InstanceType', text(globalClassType(schema)));
      }
      case 'object':
        return this.#object(node, place);
      case 'array':
        return { kind: 'array', element: within(def.element, 'item', '[number]'), readonly: false };
      case 'tuple': {
        const required = requiredItems(def.items, direction);
        return {
          kind: 'tuple',
          items: def.items.map((item, i) => within(item, String(i), i < required ? `[${i}]` : undefined)),
          required,
          rest: def.rest ? within(def.rest, 'rest') : undefined,
          readonly: false,
        };
      }
      case 'record':
        return this.#record(node, place);
      case 'map':
        return generic('Map', within(def.keyType, 'key'), within(def.valueType, 'value'));
      case 'set':
        return generic('Set', within(def.valueType, 'item'));
      case 'union':
        return union(def.options.map((option) => within(option)));
      case 'intersection':
        return { kind: 'intersection', members: [within(def.left), within(def.right)] };
      case 'optional': {
        const inner = within(def.innerType);
        return schema._zod.traits.has('$ZodExactOptional') ? inner : union([inner, UNDEFINED]);
      }
      case 'nullable':
        return union([within(def.innerType), NULL]);
      case 'default':
        return direction === 'input'
          ? union([within(def.innerType), UNDEFINED])
          : withoutUndefined(within(def.innerType));
      case 'prefault':
        return direction === 'input'
          ? union([within(def.innerType), UNDEFINED])
          : within(def.innerType, '', '');
      case 'nonoptional':
        return withoutUndefined(within(def.innerType));
      case 'readonly':
        return this.#readonly(within(def.innerType));
      case 'catch':
        return within(def.innerType, '', '');
      case 'success':
        return direction === 'output' ? text('boolean') : within(def.innerType, '', '');
      case 'pipe':
        return within(direction === 'input' ? def.in : def.out, '', '');
      default:
        return this.#reference(place);
    }
  }

  #object(node: GraphNode, place: Place): TypeNode {
    const { schema, direction } = node;
    const def = defOf(schema);
    if (def.type !== 'object') return NEVER;
    // The edges come in the order of the properties, and know how to refer to each of them.
    const edges = this.graph.edgesOf(node);
    const members = Object.entries(def.shape).map(([name, value], i): Member => {
      const index = edges[i]?.index;
      return {
        key: name,
        type: this.render(value, direction, {
          name: `${place.name}${pascalCase(name)}`,
          reference:
            index === undefined || place.reference === undefined ? undefined : place.reference + index,
        }),
        optional: mayBeAbsent(value, direction),
        docs: propertyDocs(value),
      };
    });
    const rest = def.catchall === undefined ? undefined : defOf(def.catchall).type;
    if (def.catchall === undefined || rest === 'never') {
      return members.length === 0 ? generic('Record', text('string'), NEVER) : { kind: 'object', members };
    }
    const type = this.render(def.catchall, direction, { name: `${place.name}Rest`, reference: undefined });
    const signature: Member = { key: text('string'), type };
    if (members.length === 0 || UNCHECKED_REST.has(rest ?? '')) {
      return { kind: 'object', members: [...members, signature] };
    }
    // Within one object type, all properties would have to fit the signature.
    return {
      kind: 'intersection',
      members: [
        { kind: 'object', members },
        { kind: 'object', members: [signature] },
      ],
    };
  }

  #record(node: GraphNode, place: Place): TypeNode {
    const { schema, direction } = node;
    const def = defOf(schema);
    if (def.type !== 'record') return NEVER;
    const index = this.graph.edgesOf(node)[1]?.index;
    const value = this.render(def.valueType, direction, {
      name: `${place.name}Value`,
      reference: index === undefined || place.reference === undefined ? undefined : place.reference + index,
    });
    const partial = isPartialRecord(schema, direction);
    const keys = recordKeys(def.keyType);
    if (keys !== undefined) {
      const members = [...new Set(keys)].map((key) => ({ key: String(key), type: value, optional: partial }));
      return members.length === 0 ? text('{}') : { kind: 'object', members };
    }
    const key = this.render(def.keyType, direction, { name: `${place.name}Key`, reference: undefined });
    if (!partial && key.kind === 'text' && (key.text === 'string' || key.text === 'number')) {
      // Unlike Record, it may be recursive.
      return { kind: 'object', members: [{ key, type: value }] };
    }
    const record = generic('Record', key, value);
    return partial ? generic('Partial', record) : record;
  }

  #readonly(inner: TypeNode): TypeNode {
    if (inner.kind !== 'name') return madeReadonly(inner);
    const { type } = inner.declaration;
    return isMapped(type) ? generic('Readonly', inner) : madeReadonly(type);
  }

  #templatePart(part: unknown, place: Place): string | TypeNode {
    if (part === undefined) return '';
    if (typeof part !== 'object' || part === null) return String(part);
    const type = this.render(part as $ZodType, 'output', { name: place.name, reference: undefined });
    return type.kind === 'union'
      ? union(type.members.map((member) => (member === UNDEFINED ? text("''") : member)))
      : type;
  }
}

function literal(value: unknown): TypeNode {
  switch (typeof value) {
    case 'string':
      return text(quoted(value));
    case 'bigint':
      return text(`${value}n`);
    case 'number':
      return text(Number.isFinite(value) ? String(value) : 'number');
    default:
      return value === undefined ? UNDEFINED : text(String(value));
  }
}
