import type { Core, Node, ObjectCore, Place } from './node.js';
import { indent, quote } from './text.js';

/** Pieces of a program, shared by the codecs of all methods of one service. */
export interface EmitOptions {
  /** With TypeScript's annotations. */
  readonly typed: boolean;
  /** The identifier of the contract. */
  readonly contract: string;
}

/** What a function does: write, validate and write, read as it was written, or read and validate. */
export type Purpose = 'w' | 'v' | 'r' | 'p';

/** The program that is being put together: its constants, its functions, and what it imports. */
export class Program {
  /** Names of '@doorcall/core/generated' that the code uses. */
  readonly used = new Set<string>();
  readonly #constants = new Map<string, { readonly name: string; readonly text: string }>();
  readonly #functions: string[] = [];
  readonly #ids = new Map<Core, number>();
  readonly #known = new Set<string>();

  constructor(private readonly options: EmitOptions) {}

  /** All constants and functions so far. */
  get code(): string {
    const constants = [...this.#constants.values()].map(({ name, text }) => `const ${name} = ${text};`);
    return [...constants, ...this.#functions].join('\n');
  }

  get typed(): boolean {
    return this.options.typed;
  }

  /** A type annotation, or nothing in JavaScript. */
  type(annotation: string): string {
    return this.options.typed ? annotation : '';
  }

  /** Uses a name of '@doorcall/core/generated'. */
  use(name: string): string {
    this.used.add(name);
    return name;
  }

  /** The name of a constant; equal texts have one. */
  constant(prefix: string, text: string): string {
    let constant = this.#constants.get(text);
    if (constant === undefined) {
      // No variable in a function begins like this.
      constant = { name: `$${prefix}${this.#constants.size}`, text };
      this.#constants.set(text, constant);
    }
    return constant.name;
  }

  /** The constant that is a schema of the contract. */
  schema({ of, method, side, steps }: Place): string {
    const contract = of === 'callbacks' ? this.#callbacks() : this.options.contract;
    const path = `[${steps.map((step) => (typeof step === 'string' ? quote(step) : step)).join(', ')}]`;
    return this.constant(
      's',
      `${this.use('schemaAt')}(${contract}, ${quote(method)}, ${quote(side)}, ${path})`,
    );
  }

  /** The constant that is a schema's checks. */
  checks(place: Place): string {
    return this.constant('c', `${this.use('checksOf')}(${this.schema(place)})`);
  }

  /** The constant that is the pattern of a check. */
  pattern(place: Place, check: number): string {
    return this.constant('re', `${this.use('patternAt')}(${this.schema(place)}, ${check})`);
  }

  /** The function of a composite core, made when it is first asked for. @param bare its node */
  function(purpose: Purpose, bare: Node, lines: () => readonly string[]): string {
    const name = `${purpose}${this.#id(bare.core)}`;
    if (this.#known.has(name)) return name;
    this.#known.add(name);
    // The place is taken before the parts are made: a recursive core comes back here.
    const at = this.#functions.length;
    this.#functions.push('');
    this.#functions[at] = `function ${name}${this.#parameters(purpose)} {\n${indent(lines())}\n}`;
    return name;
  }

  /** A function that is a constant. */
  lambda(purpose: Purpose, lines: readonly string[]): string {
    const prefix = { w: 'write', v: 'writeValid', r: 'read', p: 'parse' }[purpose];
    return this.constant(prefix, `${this.#parameters(purpose)} => {\n${indent(lines)}\n}`);
  }

  /** The constant that is the service of the callbacks. */
  #callbacks(): string {
    return this.constant('callbacks', `${this.use('callbacksOf')}(${this.options.contract})`);
  }

  #parameters(purpose: Purpose): string {
    const writes = purpose === 'w' || purpose === 'v';
    if (!this.options.typed) return writes ? '(w, v)' : '(r)';
    return writes ? `(w: ${this.use('Writer')}, v: unknown): void` : `(r: ${this.use('Reader')}): unknown`;
  }

  #id(core: Core): number {
    let id = this.#ids.get(core);
    if (id === undefined) {
      id = this.#ids.size;
      this.#ids.set(core, id);
    }
    return id;
  }
}

/** The constant that is the set of an object's keys. */
export function namesOf(program: Program, { fields }: ObjectCore): string {
  const names = fields.map(({ name }) => quote(name)).join(', ');
  return program.constant('k', `new Set${program.type('<string>')}([${names}])`);
}
