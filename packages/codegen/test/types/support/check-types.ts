import path from 'node:path';
import type { AnyService } from '@doorcall/core';
import { type MethodTypeTexts, printDeclaration, typesOfService } from '../../../src/types/index.js';
import { compile } from './compile.js';

/** A type of a method, and what the compiler says to it. */
export interface Verdict {
  /** `place.input` */
  readonly type: string;
  /** How it was written. */
  readonly text: string;
  /** What it should be, but is not; undefined where it is. */
  readonly problem: string | undefined;
}

/** Of a generated type and the contract's own: they are the same, or each can stand for the other. */
const HELPERS = `
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Assignable<A, B> = [A] extends [B] ? true : false;
type IsAny<T> = 0 extends 1 & T ? true : false;
type Mutual<A, B> = [IsAny<A>, IsAny<B>, Assignable<A, B>, Assignable<B, A>] extends [false, false, true, true]
  ? true
  : false;
declare function check<_ extends true>(): void;
`;

/** Writes the types of a service and has the compiler compare each with the contract's own. */
export function checkTypes(
  service: AnyService,
  contractFile: string,
  exportName: string,
  relationOf: (method: string) => 'Mutual' | 'Same',
): readonly Verdict[] {
  const { methods } = typesOfService(service);
  const { text, lines } = checkText(methods, contractFile, exportName, relationOf);
  const file = path.join(path.dirname(contractFile), 'check.ts');
  const messages = compile({ [file]: text });
  const foreign = messages.filter((message) => message.file !== file || !lines.has(message.line));
  if (foreign.length > 0) {
    const shown = foreign.map((message) => `${message.file}:${message.line + 1}: ${message.text}`);
    throw new Error(`what was generated does not compile:\n${shown.join('\n')}`);
  }
  return [...lines].map(([line, { type, text }]) => ({
    type,
    text,
    problem: messages.find((message) => message.line === line)?.text,
  }));
}

function checkText(
  methods: readonly MethodTypeTexts[],
  contractFile: string,
  exportName: string,
  relationOf: (method: string) => string,
) {
  const text = [
    "import type { TypesOf } from '@doorcall/core/generated';",
    "import type { Blob, OwnedFd } from '@doorcall/core';",
    "import type { BlobInput, FdInput } from '@doorcall/core/zod';",
    `import type { ${exportName} as contract } from './${path.basename(contractFile, '.ts')}.js';`,
    ...HELPERS.split('\n'),
    ...methods.flatMap(({ declarations }) =>
      declarations.flatMap((each) => printDeclaration(each).split('\n')),
    ),
  ];
  const lines = new Map<number, { readonly type: string; readonly text: string }>();
  for (const method of methods) {
    const written = (name: string): string => {
      const declaration = method.declarations.find((each) => each.name === name);
      return declaration === undefined ? name : printDeclaration(declaration);
    };
    const add = (type: string, property: string): void => {
      lines.set(text.length, {
        type: `${method.name}.${property.replaceAll(/['[\]]+/g, ' ').trim()}`,
        text: written(type),
      });
      text.push(
        `check<${relationOf(method.name)}<${type}, TypesOf<typeof contract.${method.name}>${property}>>();`,
      );
    };
    add(method.input, "['input']");
    add(method.parsedInput, "['parsedInput']");
    add(method.result, "['result']");
    add(method.output, "['output']");
    for (const { reason, input, output } of method.errors) {
      add(input, `['errorInputs']['${reason}']`);
      add(output, `['errorOutputs']['${reason}']`);
    }
  }
  return { text: text.join('\n'), lines };
}
