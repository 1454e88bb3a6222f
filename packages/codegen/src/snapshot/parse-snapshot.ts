import {
  answeredKind,
  callbacksName,
  type ErrorDescriptor,
  type MethodDescriptor,
  minimize,
  type ShapeNode,
} from '@doorcall/core/contract';
import type { Contract } from './format-snapshot.js';
import { FORMAT, type MethodWord, methodPath, TITLE } from './names.js';
import { ShapeReader } from './shape-reader.js';
import { SnapshotError } from './snapshot-error.js';
import { Tokens } from './tokens.js';

/** Whether a text calls itself a snapshot. */
export function isSnapshot(text: string): boolean {
  return text.startsWith(TITLE);
}

/**
 * Reads a snapshot. What it says is what the descriptor that was written said, node by node.
 *
 * @throws SnapshotError with line and column, when it is none, is damaged, or is of a later format.
 */
export function parseSnapshot(text: string): Contract {
  const tokens = new Tokens(text, title(text));
  tokens.expect('service');
  const service = tokens.name('the name of the service');
  const methods = readMethods(tokens, 'method');
  if (methods.methods.length === 0) throw tokens.error("'method' is expected: a service has at least one");
  const callbacks = readMethods(tokens, 'callback');
  if (tokens.next.kind !== 'end') tokens.expect(callbacks.methods.length === 0 ? 'method' : 'callback');
  return {
    service,
    ...methods,
    ...(callbacks.methods.length > 0 && { callbacks: { service: callbacksName(service), ...callbacks } }),
  };
}

/** Reads all methods, or callbacks, that follow, with the table of their shapes. */
function readMethods(tokens: Tokens, word: MethodWord): Pick<Contract, 'methods' | 'shapes'> {
  const shapes: ShapeNode[] = [];
  const reader = new ShapeReader(tokens, shapes);
  const methods: MethodDescriptor[] = [];
  for (let token = tokens.next; tokens.takeIf(word); token = tokens.next) {
    const method = readMethod(tokens, reader, word, methods.length);
    const before = methods.at(-1);
    if (before !== undefined && before.name >= method.name) {
      throw tokens.error(`${word} '${method.name}' stands behind '${before.name}'; they are sorted`, token);
    }
    methods.push(method);
  }
  return minimal(methods, shapes);
}

/** Reads the first line. @returns where the next one begins */
function title(text: string): number {
  const end = text.indexOf('\n');
  const line = text.slice(0, end < 0 ? text.length : end).trimEnd();
  if (!isSnapshot(line)) {
    throw new SnapshotError(
      'syntax',
      1,
      1,
      `it is no contract snapshot: one begins with '${TITLE} ${FORMAT}'`,
    );
  }
  const format = line.slice(TITLE.length).trim();
  if (format !== String(FORMAT)) {
    const what = `it is of format ${format}, and this version of doorcall reads format ${FORMAT}`;
    throw new SnapshotError('format', 1, TITLE.length + 2, what);
  }
  return line.length;
}

function readMethod(tokens: Tokens, reader: ShapeReader, word: MethodWord, id: number): MethodDescriptor {
  const name = tokens.name(`the name of a ${word}`);
  const oneway = tokens.takeIf('oneway');
  const path = methodPath(word, name);
  const side = (word: 'input' | 'output') => {
    const there = tokens.takeIf(word);
    const token = tokens.next;
    const streams = there && tokens.takeIf('stream');
    if (streams && oneway) throw tokens.error(`the ${word} of a one-way method is no stream`, token);
    return { streams, root: there ? reader.read(`${path}.${word}`) : reader.nothing() };
  };
  const input = side('input');
  const output = side('output');
  const errors: Record<string, ErrorDescriptor> = {};
  while (tokens.takeIf('error')) {
    const token = tokens.next;
    const reason = tokens.name('the reason of an error');
    if (Object.hasOwn(errors, reason)) throw tokens.error(`error ${reason} is there twice`, token);
    const code = tokens.name('a status code');
    errors[reason] = {
      code,
      data: tokens.takeIf('with') ? reader.read(`${path}.error.${reason}`) : reader.nothing(),
    };
  }
  const kind = oneway ? 'oneway' : answeredKind(input.streams, output.streams);
  return { name, id, kind, input: input.root, output: output.root, errors };
}

/** The table that a descriptor of the same contract has. */
function minimal(
  methods: readonly MethodDescriptor[],
  shapes: readonly ShapeNode[],
): Pick<Contract, 'methods' | 'shapes'> {
  const roots = methods.flatMap(({ input, output, errors }) => [
    input,
    output,
    ...Object.values(errors).map(({ data }) => data),
  ]);
  const table = minimize({ shapes, roots });
  let taken = 0;
  const take = () => table.roots[taken++] as number;
  return {
    methods: methods.map((method) => {
      const input = take();
      const output = take();
      const errors = Object.entries(method.errors).map(([reason, { code }]) => [
        reason,
        { code, data: take() },
      ]);
      return { ...method, input, output, errors: Object.fromEntries(errors) };
    }),
    shapes: table.shapes,
  };
}
