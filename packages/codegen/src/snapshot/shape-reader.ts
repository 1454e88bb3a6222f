import type { ShapeKind, ShapeNode } from '@doorcall/core/contract';
import { FURTHER_KEYS, keyPath, LEAVES, stepOf } from './names.js';
import type { Token, Tokens } from './tokens.js';

/** A text that nests deeper is refused before the stack is full. */
const MAX_DEPTH = 1_000;

type Details = Omit<ShapeNode, 'kind'>;

/** Reads shapes into a table. */
export class ShapeReader {
  /** Every node that was begun, by its place. */
  readonly #places = new Map<string, number>();
  #depth = 0;

  constructor(
    private readonly tokens: Tokens,
    private readonly shapes: ShapeNode[],
  ) {}

  /** Adds the shape of what is not there. */
  nothing(): number {
    return this.shapes.push({ kind: 'undefined' }) - 1;
  }

  /** Reads a shape and returns its index. @throws SnapshotError */
  read(path: string): number {
    const { tokens } = this;
    const token = tokens.next;
    if (tokens.takeIf('same')) return this.#reference();
    if (++this.#depth > MAX_DEPTH) throw tokens.error('it is nested too deeply', token);
    const index = this.shapes.push({ kind: 'unknown' }) - 1;
    this.#places.set(path, index);
    this.shapes[index] = this.#node(path, token);
    this.#depth--;
    return index;
  }

  #reference(): number {
    this.tokens.expect('as');
    const token = this.tokens.next;
    const place = this.tokens.string('a place');
    const index = this.#places.get(place);
    if (index === undefined)
      throw this.tokens.error(`nothing stands at ${JSON.stringify(place)} so far`, token);
    return index;
  }

  #node(path: string, token: Token): ShapeNode {
    const { tokens } = this;
    if (token.text === '{' && token.kind === 'sign') return this.#object(path, undefined);
    if (token.kind !== 'word') throw tokens.error('a shape is expected', token);
    tokens.take();
    const kind = token.text as ShapeKind;
    const inner = (i: number) => this.read(path + stepOf(kind, i));
    switch (token.text) {
      case 'strict':
        return this.#object(path, 'refused');
      case 'loose':
        return this.#object(path, 'kept');
      case 'tuple':
        return { kind, ...this.#tuple(path), ...this.#checks() };
      case 'union':
      case 'intersection':
        return { kind, refs: this.#items(path, kind) };
      case 'array':
      case 'set': {
        const checks = this.#checks();
        tokens.expect('of');
        return { kind, ...checks, refs: [inner(0)] };
      }
      case 'record':
      case 'map': {
        const checks = this.#checks();
        tokens.expect('of');
        const key = inner(0);
        tokens.expect('to');
        return { kind, ...checks, refs: [key, inner(1)] };
      }
      case 'optional':
      case 'nullable':
        return { kind, refs: [inner(0)] };
      case 'literal':
        return { kind, values: this.#literals() };
      case 'door': {
        tokens.expect('(');
        const name = tokens.string('the name of a service');
        tokens.expect(',');
        const fingerprint = tokens.string('the fingerprint of a service');
        tokens.expect(')');
        return { kind, name, fingerprint };
      }
      case 'custom': {
        if (!tokens.takeIf('(')) return { kind };
        const name = tokens.string('the name of a class');
        tokens.expect(')');
        return { kind, name };
      }
    }
    if ((LEAVES as readonly string[]).includes(kind)) return { kind, ...this.#checks() };
    throw tokens.error(`'${token.text}' is no shape`, token);
  }

  #object(path: string, mode: 'refused' | 'kept' | undefined): ShapeNode {
    const { tokens } = this;
    tokens.expect('{');
    const names: string[] = [];
    const optional: number[] = [];
    const refs: number[] = [];
    let extra: ShapeNode['extra'] = mode;
    while (!tokens.takeIf('}')) {
      const token = tokens.next;
      if (extra === 'checked') throw tokens.error("'*' stands last", token);
      if (tokens.takeIf('*')) {
        if (extra !== undefined) throw tokens.error(`a strict or loose object has no '*'`, token);
        extra = 'checked';
        tokens.expect(':');
        refs.push(this.read(path + FURTHER_KEYS));
        continue;
      }
      const name = tokens.name('a key');
      if (names.includes(name)) throw tokens.error(`key '${name}' is there twice`, token);
      names.push(name);
      if (tokens.takeIf('?')) optional.push(names.length - 1);
      tokens.expect(':');
      refs.push(this.read(keyPath(path, name)));
    }
    const details: Details = {
      names,
      ...(optional.length > 0 && { optional }),
      ...(extra !== undefined && { extra }),
      ...this.#checks(),
    };
    return { kind: 'object', ...details, refs };
  }

  #tuple(path: string): Details {
    const { tokens } = this;
    const refs: number[] = [];
    let min = 0;
    let rest = false;
    tokens.expect('[');
    while (!tokens.takeIf(']')) {
      const token = tokens.next;
      if (rest) throw tokens.error("'...' stands last", token);
      rest = tokens.takeIf('...');
      const maybe = !rest && tokens.takeIf('maybe');
      if (!rest && !maybe) {
        if (min < refs.length)
          throw tokens.error("'maybe' is expected: an item before it may be absent", token);
        min++;
      }
      refs.push(this.read(path + stepOf('tuple', refs.length)));
    }
    return { min, ...(rest && { rest }), refs };
  }

  #items(path: string, kind: ShapeKind): readonly number[] {
    const refs: number[] = [];
    this.tokens.expect('[');
    while (!this.tokens.takeIf(']')) refs.push(this.read(path + stepOf(kind, refs.length)));
    return refs;
  }

  #literals(): readonly string[] {
    const { tokens } = this;
    if (tokens.takeIf('(')) {
      tokens.expect(')');
      return [];
    }
    tokens.takeIf('|');
    const values: string[] = [];
    do {
      const { kind, text } = tokens.next;
      const known = kind === 'word' && LITERAL_WORDS.has(text);
      if (kind !== 'string' && kind !== 'number' && !known) throw tokens.error('a literal is expected');
      values.push(tokens.take().text);
    } while (tokens.takeIf('|'));
    return values;
  }

  #checks(): { readonly checks?: readonly string[] } {
    const checks: string[] = [];
    while (this.tokens.takeIf('&')) checks.push(this.#check());
    return checks.length === 0 ? {} : { checks };
  }

  #check(): string {
    const { tokens } = this;
    const check = tokens.next.kind === 'word' ? { check: tokens.take().text } : {};
    const fields: Record<string, unknown> = { ...check };
    tokens.expect('(');
    while (!tokens.takeIf(')')) {
      if (Object.keys(fields).length > Object.keys(check).length) tokens.expect(',');
      const key = tokens.name('what the check asks for');
      fields[key] = this.#json();
    }
    return JSON.stringify(fields);
  }

  /** A JSON string, number, boolean, null or array. */
  #json(): unknown {
    const { tokens } = this;
    const items: unknown[] = [];
    if (tokens.takeIf('[')) {
      while (!tokens.takeIf(']')) {
        if (items.length > 0) tokens.expect(',');
        items.push(this.#json());
      }
      return items;
    }
    const token = tokens.take();
    try {
      if (token.kind !== 'end') return JSON.parse(token.text);
    } catch {}
    throw tokens.error('a JSON value is expected', token);
  }
}

const LITERAL_WORDS = new Set(['true', 'false', 'null', 'undefined', 'NaN', 'Infinity']);
