import type { AnyService, StandardSchema } from '@doorcall/core';
import { type MethodKind, serviceOf } from '@doorcall/core/contract';
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
  readonly typesName: string;
  readonly input: Root | undefined;
  readonly output: Root | undefined;
  readonly errors: readonly { readonly reason: string; readonly root: Root | undefined }[];
}

/** The methods of a service by id, their types named. */
export function methodRoots(service: AnyService, names: TypeNames): readonly MethodRoots[] {
  const { name: serviceName, methods } = serviceOf(service);
  // First the names that are known beforehand, so that no declaration within takes one of them.
  return methods.map(({ name, id, kind, input, output, errors }) => {
    const path = `${serviceName}.${name}`;
    const base = pascalCase(name);
    return {
      name,
      id,
      kind,
      typesName: names.take(`${base}Types`),
      input: input && inputRoot(input, path, base, names),
      output: output && outputRoot(output, path, base, names),
      errors: Object.keys(errors ?? {})
        .sort()
        .map((reason) => {
          const data = errors?.[reason]?.data;
          return { reason, root: data && errorRoot(data, reason, path, base, names) };
        }),
    };
  });
}

function inputRoot(schema: StandardSchema, path: string, base: string, names: TypeNames): Root {
  const name = names.take(`${base}Input`);
  return {
    schema,
    sides: {
      input: { name, docs: `Input of ${path}, as a client passes it.`, property: "['input']" },
      output: {
        name: names.take(`${base}ParsedInput`),
        docs: `Input of ${path}, as a handler sees it.`,
        property: "['parsedInput']",
      },
    },
    same: { name, docs: `Input of ${path}.` },
  };
}

function outputRoot(schema: StandardSchema, path: string, base: string, names: TypeNames): Root {
  const name = names.take(`${base}Output`);
  return {
    schema,
    sides: {
      input: {
        name: names.take(`${base}Result`),
        docs: `Output of ${path}, as a handler returns it.`,
        property: "['result']",
      },
      output: { name, docs: `Output of ${path}, as a client receives it.`, property: "['output']" },
    },
    same: { name, docs: `Output of ${path}.` },
  };
}

function errorRoot(
  schema: StandardSchema,
  reason: string,
  path: string,
  base: string,
  names: TypeNames,
): Root {
  const name = names.take(base + reasonName(reason));
  return {
    schema,
    sides: {
      input: {
        name: names.take(`${base}${reasonName(reason)}Input`),
        docs: `Data of ${path}'s error ${reason}, as a handler gives it.`,
        property: `['errorInputs'][${quoted(reason)}]`,
      },
      output: {
        name,
        docs: `Data of ${path}'s error ${reason}, as a client sees it.`,
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
