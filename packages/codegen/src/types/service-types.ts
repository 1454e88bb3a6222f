import type { AnyService } from '@doorcall/core';
import type { MethodKind } from '@doorcall/core/contract';
import type { $ZodType } from 'zod/v4/core';
import { ATTACHMENT_MODULES } from './attachment-types.js';
import { TypeGraph } from './graph.js';
import { TypeNames } from './identifiers.js';
import { namedNodes } from './naming.js';
import { TypeRenderer } from './render.js';
import { type Direction, isZodSchema } from './schema.js';
import { type MethodRoots, methodRoots, type Root, type RootSide } from './service-parts.js';
import type { Declaration } from './type-node.js';

/** The types of one method, as text: names of declarations, or `undefined` and `void` where it has no schema. */
export interface MethodTypeTexts {
  readonly name: string;
  readonly id: number;
  readonly kind: MethodKind;
  /** Name for the interface that joins them: `PlaceTypes`. */
  readonly typesName: string;
  /** What is declared for it and for no method before it. */
  readonly declarations: readonly Declaration[];
  readonly input: string;
  readonly parsedInput: string;
  readonly result: string;
  readonly output: string;
  /** Sorted by reason. */
  readonly errors: readonly { readonly reason: string; readonly input: string; readonly output: string }[];
}

/** The types of a service, as text. */
export interface ServiceTypes {
  /** By id. */
  readonly methods: readonly MethodTypeTexts[];
  /** By id; empty where clients serve nothing. */
  readonly callbacks: readonly MethodTypeTexts[];
  /** Types of '@doorcall/core/generated' by which anything refers to the contract, sorted. */
  readonly contractTypes: readonly string[];
  /** Types of blobs and descriptors that are used, by the module that they are imported from. */
  readonly attachmentTypes: Readonly<Record<keyof typeof ATTACHMENT_MODULES, readonly string[]>>;
}

/** How the types of a service are written. */
export interface TypeOptions {
  /** The contract's identifier in the text. Default: `contract`. */
  readonly contract?: string;
  /** Type names that the text has for something else. */
  readonly reserved?: readonly string[];
}

/**
 * The types of a service's methods, written out. Each is mutually assignable with the one that zod infers.
 *
 * @throws Error when the schemas of the service never end.
 */
export function typesOfService(service: AnyService, options: TypeOptions = {}): ServiceTypes {
  const names = new TypeNames(options.reserved ?? []);
  const { methods, callbacks } = methodRoots(service, names, options.contract ?? 'contract');
  const writer = new ServiceWriter([...methods, ...callbacks], names);
  const written = writer.write();
  return {
    methods: written.slice(0, methods.length),
    callbacks: written.slice(methods.length),
    contractTypes: CONTRACT_TYPES.filter((type) =>
      writer.references.some((each) => each.startsWith(`${type}<`)),
    ),
    attachmentTypes: {
      '@doorcall/core': ATTACHMENT_MODULES['@doorcall/core'].filter((type) => writer.attachments.has(type)),
      '@doorcall/core/zod': ATTACHMENT_MODULES['@doorcall/core/zod'].filter((type) =>
        writer.attachments.has(type),
      ),
    },
  };
}

const CONTRACT_TYPES = ['CallbackTypesOf', 'TypesOf'];

type Side = RootSide & { readonly direction: Direction };

/** The names of a schema's two types. */
type SideNames = Readonly<Record<Direction, string>>;

class ServiceWriter {
  readonly #graph: TypeGraph;
  readonly #renderer: TypeRenderer;

  constructor(
    private readonly methods: readonly MethodRoots[],
    names: TypeNames,
  ) {
    const schemas = methods.flatMap(rootsOf).flatMap((root) => zodOf(root) ?? []);
    this.#graph = new TypeGraph(schemas);
    const nodes = schemas.flatMap((schema) => [
      ...new Set([this.#graph.nodeOf(schema, 'input'), this.#graph.nodeOf(schema, 'output')]),
    ]);
    this.#renderer = new TypeRenderer(this.#graph, namedNodes(this.#graph, nodes), names);
  }

  /** What was written that refers to the contract. */
  get references(): readonly string[] {
    return [...this.#renderer.references];
  }

  /** Types of blobs and descriptors that were written. */
  get attachments(): ReadonlySet<string> {
    return this.#renderer.attachments;
  }

  write(): readonly MethodTypeTexts[] {
    for (const root of this.methods.flatMap(rootsOf)) {
      const schema = zodOf(root);
      for (const { direction, name, docs } of schema === undefined ? [] : this.#sides(root, schema)) {
        this.#renderer.reserve(schema as $ZodType, direction, name, [docs]);
      }
    }
    return this.methods.map((method) => this.#method(method));
  }

  #method({ name, id, kind, reference, typesName, ...roots }: MethodRoots): MethodTypeTexts {
    const before = this.#renderer.declarations.length;
    const input = this.#declare(reference, roots.input, 'undefined');
    const output = this.#declare(reference, roots.output, 'void');
    const errors = roots.errors.map(({ reason, root }) => ({
      reason,
      ...this.#declare(reference, root, 'undefined'),
    }));
    return {
      name,
      id,
      kind,
      typesName,
      declarations: this.#renderer.declarations.slice(before),
      input: input.input,
      parsedInput: input.output,
      result: output.input,
      output: output.output,
      errors,
    };
  }

  #declare(types: string, root: Root | undefined, absent: string): SideNames {
    if (root === undefined) return { input: absent, output: absent };
    const schema = zodOf(root);
    const sides = this.#sides(root, schema);
    for (const { direction, name, docs, property } of sides) {
      const reference = types + property;
      if (schema === undefined) this.#renderer.foreignRoot(name, reference, [docs]);
      else this.#renderer.root(schema, direction, name, reference, [docs]);
    }
    const [input, output = input] = sides.map(({ name }) => name);
    return { input: input ?? absent, output: output ?? absent };
  }

  /** The types of a schema that are to be declared: one where both are the same. */
  #sides(root: Root, schema: $ZodType | undefined): readonly Side[] {
    const { input, output } = root.sides;
    const isSame =
      schema !== undefined && this.#graph.nodeOf(schema, 'input') === this.#graph.nodeOf(schema, 'output');
    if (isSame) return [{ ...input, ...root.same, direction: 'input' }];
    return [
      { ...input, direction: 'input' },
      { ...output, direction: 'output' },
    ];
  }
}

function rootsOf({ input, output, errors }: MethodRoots): readonly Root[] {
  return [input, output, ...errors.map((error) => error.root)].filter((root) => root !== undefined);
}

function zodOf(root: Root): $ZodType | undefined {
  const schema: unknown = root.schema;
  return isZodSchema(schema) ? schema : undefined;
}
