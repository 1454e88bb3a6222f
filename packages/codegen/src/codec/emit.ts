import { checksOf, isOnlyClass, refusals } from './checks.js';
import { ReadEmitter } from './emit-read.js';
import { WriteEmitter } from './emit-write.js';
import { isComposite, isStated, type Node, partsOf } from './node.js';
import { type EmitOptions, Program } from './program.js';

/** Emits the functions of nodes: one for each core that is made of others, in the order in which they are needed. */
export class Emitter {
  readonly #program: Program;
  readonly #write: WriteEmitter;
  readonly #writeValid: WriteEmitter;
  readonly #read: ReadEmitter;

  constructor(options: EmitOptions) {
    this.#program = new Program(options);
    this.#write = new WriteEmitter(this.#program, false);
    this.#writeValid = new WriteEmitter(this.#program, true);
    this.#read = new ReadEmitter(this.#program);
  }

  get code(): string {
    return this.#program.code;
  }

  get used(): ReadonlySet<string> {
    return this.#program.used;
  }

  /** The name of a function that writes a value behind something else, undefined and null included. */
  write(node: Node): string {
    return isDirect(node)
      ? this.#write.function(node.bare)
      : this.#program.lambda('w', this.#write.stated(node, 'v'));
  }

  /** The name of one that reads it as it was written. */
  read(node: Node): string {
    if (isDirect(node)) return this.#read.function(node.bare, 'read');
    return this.#program.lambda('r', [...this.#read.stated(node, 'x', 'read'), 'return x;']);
  }

  /** The same for a value that is a message: its first byte is the message's. */
  writeMessage(node: Node): string {
    return this.#write.root(node);
  }

  readMessage(node: Node): string {
    return this.#read.root(node, 'read');
  }

  /**
   * The name of a function that writes a message only if it is valid; undefined when that takes more than looking.
   * @param node of the schema as an input: what is valid before zod has made anything of it
   */
  writeValidMessage(node: Node): string | undefined {
    return isPlain(node, new Set()) ? this.#writeValid.root(node) : undefined;
  }

  /** The name of one that reads and validates a message, and whether that runs code of the contract. */
  parseMessage(node: Node): { readonly name: string; readonly runsCode: boolean } {
    return { name: this.#read.root(node, 'parse'), runsCode: runsCode(node, new Set()) };
  }
}

/** Whether a core's own function will do. */
function isDirect(node: Node): boolean {
  return isComposite(node.core) && !isStated(node);
}

function runsCode(node: Node, seen: Set<Node>): boolean {
  if (seen.has(node)) return false;
  seen.add(node);
  if (node.judged || node.layers.some(({ type }) => type === 'checks')) return true;
  const words = { use: (name: string) => name, pattern: () => '' };
  if (!isOnlyClass(node.bare.schema) && refusals(node.bare.schema, 'x', words) === undefined) return true;
  return partsOf(node.core).some((part) => runsCode(part, seen));
}

/** Kinds whose checks are looked at while they are written. */
const LOOKED_AT: ReadonlySet<string> = new Set([
  'str',
  'num',
  'bool',
  'bigint',
  'date',
  'blob',
  'attachment',
  'array',
  'map',
  'set',
]);

/** Whether zod returns a valid value as it is, but for keys that it drops, and knows no more of it than its checks. */
function isPlain(node: Node, seen: Set<Node>): boolean {
  if (seen.has(node)) return true;
  seen.add(node);
  const { bare, core } = node;
  const nullish = node.undefinedOk || node.nullOk;
  if (node.judged || (nullish && !node.passesNullish)) return false;
  if (node.layers.some(({ type }) => type === 'checks')) return false;
  // Bytes cannot be frozen: zod throws.
  const bytes = ['blob', 'attachment', 'any', 'union'].includes(core.kind);
  if (bytes && node.layers.some(({ type }) => type === 'readonly')) return false;
  const words = { use: (name: string) => name, pattern: () => '' };
  if (!isOnlyClass(bare.schema) && refusals(bare.schema, 'x', words) === undefined) return false;
  // Of other cores only what they are made of is looked at.
  const looksAtChecks = isOnlyClass(bare.schema) || LOOKED_AT.has(core.kind);
  if (!looksAtChecks && checksOf(bare.schema).length > 0) return false;
  const substitutes =
    core.kind === 'object' && core.fields.some(({ absent }) => !/^(refused|left-out)$/.test(absent));
  return !substitutes && partsOf(core).every((part) => isPlain(part, seen));
}
