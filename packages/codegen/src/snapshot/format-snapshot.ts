import { type ServiceDescriptor, type ShapeNode, streamsInput, streamsOutput } from '@doorcall/core/contract';
import {
  FORMAT,
  FURTHER_KEYS,
  keyPath,
  type MethodWord,
  methodPath,
  nameText,
  stepOf,
  TITLE,
} from './names.js';

/** A contract as a snapshot holds it. The fingerprint is left out: it would change with every other line. */
export interface Contract extends Omit<ServiceDescriptor, 'fingerprint' | 'callbacks'> {
  /** What clients of the service serve. They have no callbacks of their own. */
  readonly callbacks?: Contract;
}

const HEADER = `${TITLE} ${FORMAT}
# What travels, as clients and servers agree on it: written by \`doorcall gen\`, to be committed and reviewed.
# \`doorcall diff\` tells what a change of it breaks.
`;

/** Shapes of up to this many nodes are written again wherever they are met. */
const SMALL = 4;
/** Literals of up to this many values stand in one line. */
const ONE_LINE = 4;

/** The text of a snapshot; the same contract always gives the same text. {@link parseSnapshot} reads it. */
export function formatSnapshot(contract: Contract): string {
  const { service, callbacks } = contract;
  const blocks = [...blocksOf('method', contract), ...(callbacks ? blocksOf('callback', callbacks) : [])];
  return `${HEADER}service ${nameText(service)}\n${blocks.join('')}`;
}

/** Methods or callbacks, each with a blank line before it. Either have a table of shapes, and places, of their own. */
function blocksOf(word: MethodWord, { methods, shapes }: Contract): readonly string[] {
  const writer = new ShapeWriter(shapes);
  return methods.map(({ name, kind, input, output, errors }) => {
    const lines = [`${word} ${nameText(name)}${kind === 'oneway' ? ' oneway' : ''}`];
    const add = (what: string, path: string, root: number) => {
      lines.push(`  ${what} ${writer.write(root, methodPath(word, name) + path, '  ')}`);
    };
    // To take nothing, or to return nothing, needs no words.
    if (streamsInput(kind)) add('input stream', '.input', input);
    else if (!isNothing(shapes[input])) add('input', '.input', input);
    if (streamsOutput(kind)) add('output stream', '.output', output);
    else if (!isNothing(shapes[output])) add('output', '.output', output);
    for (const [reason, { code, data }] of Object.entries(errors)) {
      const head = `error ${nameText(reason)} ${code}`;
      if (isNothing(shapes[data])) lines.push(`  ${head}`);
      else add(`${head} with`, `.error.${reason}`, data);
    }
    return `\n${lines.join('\n')}\n`;
  });
}

function isNothing(node: ShapeNode | undefined): boolean {
  return node?.kind === 'undefined';
}

/** Writes shapes; one that is large or contains itself is written once, and named by its place from then on. */
class ShapeWriter {
  /** Where each node that was written whole stands. */
  readonly #places = new Map<number, string>();
  /** Nodes that are being written. */
  readonly #open = new Set<number>();

  constructor(private readonly shapes: readonly ShapeNode[]) {}

  /** @param path names the place @param indent of the line that it is written into */
  write(index: number, path: string, indent: string): string {
    const place = this.#places.get(index);
    if (place !== undefined && (this.#open.has(index) || !this.#isSmall(index))) {
      return `same as ${JSON.stringify(place)}`;
    }
    if (place === undefined) this.#places.set(index, path);
    this.#open.add(index);
    const text = this.#whole(this.shapes[index] as ShapeNode, path, indent);
    this.#open.delete(index);
    return text;
  }

  #whole(node: ShapeNode, path: string, indent: string): string {
    const { kind, refs = [] } = node;
    const checks = (node.checks ?? []).map((check) => ` & ${checkText(check)}`).join('');
    const inner = (i: number, deeper = '') =>
      this.write(refs[i] as number, path + stepOf(kind, i), indent + deeper);
    switch (kind) {
      case 'object':
        return this.#object(node, path, indent) + checks;
      case 'tuple':
      case 'union':
      case 'intersection': {
        const items = refs.map((_, i) => `${itemPrefix(node, i)}${inner(i, '  ')}`);
        return `${kind} ${block('[', items, ']', indent)}${checks}`;
      }
      case 'array':
      case 'set':
        return `${kind}${checks} of ${inner(0)}`;
      case 'record':
      case 'map':
        return `${kind}${checks} of ${inner(0)} to ${inner(1)}`;
      case 'optional':
      case 'nullable':
        return `${kind} ${inner(0)}`;
      case 'literal':
        return literalsText(node.values ?? [], indent);
      case 'custom':
        return node.name === undefined ? kind : `${kind}(${JSON.stringify(node.name)})`;
      case 'door':
        return `door(${JSON.stringify(node.name)}, ${JSON.stringify(node.fingerprint)})`;
      default:
        return kind + checks;
    }
  }

  #object({ names = [], refs = [], optional, extra }: ShapeNode, path: string, indent: string): string {
    const lines = names.map((name, i) => {
      const text = this.write(refs[i] as number, keyPath(path, name), `${indent}  `);
      return `${nameText(name)}${optional?.includes(i) ? '?' : ''}: ${text}`;
    });
    if (extra === 'checked') {
      lines.push(`*: ${this.write(refs[names.length] as number, path + FURTHER_KEYS, `${indent}  `)}`);
    }
    const mode = extra === 'refused' ? 'strict ' : extra === 'kept' ? 'loose ' : '';
    return mode + block('{', lines, '}', indent);
  }

  #isSmall(index: number): boolean {
    const seen = [index];
    for (let i = 0; i < seen.length && seen.length <= SMALL; i++) {
      const { kind, refs = [], values = [] } = this.shapes[seen[i] as number] as ShapeNode;
      if (kind === 'object' || kind === 'union' || values.length > ONE_LINE) return false;
      seen.push(...refs);
    }
    return seen.length <= SMALL;
  }
}

function itemPrefix({ kind, min = 0, rest, refs = [] }: ShapeNode, i: number): string {
  if (kind !== 'tuple') return '';
  if (rest && i === refs.length - 1) return '...';
  return i < min ? '' : 'maybe ';
}

function literalsText(values: readonly string[], indent: string): string {
  if (values.length === 0) return 'literal()';
  if (values.length <= ONE_LINE) return `literal ${values.join(' | ')}`;
  return ['literal', ...values.map((value) => `${indent}  | ${value}`)].join('\n');
}

/** `{"check":"min_length","minimum":1}` as `min_length(minimum 1)`. */
function checkText(json: string): string {
  const { check = '', ...fields } = JSON.parse(json) as Readonly<Record<string, unknown>>;
  const parts = Object.entries(fields).map(([key, value]) => `${key} ${JSON.stringify(value)}`);
  return `${String(check)}(${parts.join(', ')})`;
}

function block(open: string, lines: readonly string[], close: string, indent: string): string {
  if (lines.length === 0) return open + close;
  return [open, ...lines.map((line) => `${indent}  ${line}`), `${indent}${close}`].join('\n');
}
