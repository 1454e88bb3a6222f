import type { AnyService, StandardSchema } from '@doorcall/core';
import { type MethodKind, serviceOf, streamsInput, streamsOutput } from '@doorcall/core/contract';
import { pascalCase, quoted, type TypeNames } from './identifiers.js';
import type { Direction } from './schema.js';

/** One type of a schema that a method names. */
export interface RootSide {
  readonly name: string;
  readonly docs: string;
  /** Takes it out of the method's types: `['input']`. */
  readonly property: string;
}

/** A schema that a method names, with the names of its types. */
export interface Root {
  readonly schema: StandardSchema;
  readonly sides: Readonly<Record<Direction, RootSide>>;
  /** Where both types are the same. */
  readonly same: Pick<RootSide, 'name' | 'docs'>;
}

/** What a method's types are made from. */
export interface MethodRoots {
  readonly name: string;
  readonly id: number;
  readonly kind: MethodKind;
  /** Its types, as the contract's own text has them. */
  readonly reference: string;
  readonly typesName: string;
  readonly input: Root | undefined;
  readonly output: Root | undefined;
  readonly errors: readonly { readonly reason: string; readonly root: Root | undefined }[];
}

/** Methods by who serves them. */
interface MethodGroup {
  readonly service: AnyService;
  /** Ends the first part of names. */
  readonly suffix: string;
  readonly caller: string;
  readonly handler: string;
  /** A method's types, as the contract's own text has them. */
  reference(method: string): string;
}

/** The methods of a service by id, then those of its callbacks, with their types named. */
export function methodRoots(
  service: AnyService,
  names: TypeNames,
  contract: string,
): { readonly methods: readonly MethodRoots[]; readonly callbacks: readonly MethodRoots[] } {
  const { callbacks } = serviceOf(service);
  // First the names that are known beforehand, so that no declaration within takes one of them.
  const methods = rootsOfGroup(names, {
    service,
    suffix: '',
    caller: 'a client',
    handler: 'a handler',
    reference: (method) => `TypesOf<typeof ${contract}.${method}>`,
  });
  if (callbacks === undefined) return { methods, callbacks: [] };
  const ofClients: MethodGroup = {
    service: callbacks,
    suffix: 'Callback',
    caller: 'a server',
    handler: "a client's handler",
    reference: (method) => `CallbackTypesOf<typeof ${contract}, ${quoted(method)}>`,
  };
  return { methods, callbacks: rootsOfGroup(names, ofClients) };
}

function rootsOfGroup(names: TypeNames, group: MethodGroup): readonly MethodRoots[] {
  const { name: serviceName, methods } = serviceOf(group.service);
  return methods.map(({ name, id, kind, input, output, errors }) => {
    const path = `${serviceName}.${name}`;
    const base = pascalCase(name) + group.suffix;
    return {
      name,
      id,
      kind,
      reference: group.reference(name),
      typesName: names.take(`${base}Types`),
      input: input && inputRoot(input, what('Input', path, streamsInput(kind)), base, names, group),
      output: output && outputRoot(output, what('Output', path, streamsOutput(kind)), base, names, group),
      errors: Object.keys(errors ?? {})
        .sort()
        .map((reason) => {
          const data = errors?.[reason]?.data;
          return { reason, root: data && errorRoot(data, reason, path, base, names, group) };
        }),
    };
  });
}

/** `Input of orders.place`; of a stream, its type is that of an item. */
function what(side: 'Input' | 'Output', path: string, streams: boolean): string {
  return streams ? `Item of the ${side.toLowerCase()} of ${path}` : `${side} of ${path}`;
}

function inputRoot(
  schema: StandardSchema,
  docs: string,
  base: string,
  names: TypeNames,
  { caller, handler }: MethodGroup,
): Root {
  const name = names.take(`${base}Input`);
  return {
    schema,
    sides: {
      input: { name, docs: `${docs}, as ${caller} passes it.`, property: "['input']" },
      output: {
        name: names.take(`${base}ParsedInput`),
        docs: `${docs}, as ${handler} sees it.`,
        property: "['parsedInput']",
      },
    },
    same: { name, docs: `${docs}.` },
  };
}

function outputRoot(
  schema: StandardSchema,
  docs: string,
  base: string,
  names: TypeNames,
  { caller, handler }: MethodGroup,
): Root {
  const name = names.take(`${base}Output`);
  return {
    schema,
    sides: {
      input: {
        name: names.take(`${base}Result`),
        docs: `${docs}, as ${handler} returns it.`,
        property: "['result']",
      },
      output: { name, docs: `${docs}, as ${caller} receives it.`, property: "['output']" },
    },
    same: { name, docs: `${docs}.` },
  };
}

function errorRoot(
  schema: StandardSchema,
  reason: string,
  path: string,
  base: string,
  names: TypeNames,
  { caller, handler }: MethodGroup,
): Root {
  const name = names.take(base + reasonName(reason));
  return {
    schema,
    sides: {
      input: {
        name: names.take(`${base}${reasonName(reason)}Input`),
        docs: `Data of ${path}'s error ${reason}, as ${handler} gives it.`,
        property: `['errorInputs'][${quoted(reason)}]`,
      },
      output: {
        name,
        docs: `Data of ${path}'s error ${reason}, as ${caller} sees it.`,
        property: `['errorOutputs'][${quoted(reason)}]`,
      },
    },
    same: { name, docs: `Data of ${path}'s error ${reason}.` },
  };
}

/** `OUT_OF_STOCK` becomes `OutOfStock`, and `OutOfStock` stays. */
function reasonName(reason: string): string {
  return pascalCase(/[a-z]/.test(reason) ? reason : reason.toLowerCase());
}
