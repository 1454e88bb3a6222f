import { SnapshotError } from './snapshot-error.js';

/** A word, a JSON string, a number or a sign of a snapshot. */
export interface Token {
  readonly kind: 'word' | 'string' | 'number' | 'sign' | 'end';
  readonly text: string;
  /** Where it begins in the text. */
  readonly offset: number;
}

const TOKEN =
  /(?<space>(?:\s|#[^\n]*)+)|(?<string>"(?:[^"\\\n]|\\.)*")|(?<number>-?(?:Infinity|\d+(?:\.\d+)?(?:e[+-]?\d+)?n?))|(?<word>[\p{ID_Start}$_][\p{ID_Continue}$]*)|(?<sign>\.\.\.|[{}[\]():?*,|&])/uy;

/** The tokens of a snapshot, one at a time. */
export class Tokens {
  #current: Token;
  #end = 0;

  constructor(
    private readonly text: string,
    start: number,
  ) {
    this.#end = start;
    this.#current = this.#scan();
  }

  /** The token that is next. */
  get next(): Token {
    return this.#current;
  }

  /** Takes the next token. */
  take(): Token {
    const token = this.#current;
    if (token.kind !== 'end') this.#current = this.#scan();
    return token;
  }

  /** Takes the next token if it is that word or sign. */
  takeIf(text: string): boolean {
    const { kind } = this.#current;
    const found = this.#current.text === text && (kind === 'word' || kind === 'sign');
    if (found) this.take();
    return found;
  }

  /** @throws SnapshotError when the next token is another. */
  expect(text: string): void {
    const token = this.#current;
    if (!this.takeIf(text)) throw this.error(`'${text}' is expected${found(token)}`, token);
  }

  /** Takes an identifier or a JSON string. @throws SnapshotError when there is none. */
  name(what: string): string {
    const token = this.#current;
    if (token.kind !== 'word' && token.kind !== 'string') {
      throw this.error(`${what} is expected${found(token)}`, token);
    }
    this.take();
    return token.kind === 'string' ? this.#unquoted(token) : token.text;
  }

  /** Takes a JSON string. @throws SnapshotError when there is none. */
  string(what: string): string {
    const token = this.#current;
    if (token.kind !== 'string') throw this.error(`${what} is expected${found(token)}`, token);
    return this.#unquoted(this.take());
  }

  /** An error about a token, by default the next one. */
  error(what: string, { offset }: Pick<Token, 'offset'> = this.#current): SnapshotError {
    return new SnapshotError('syntax', ...position(this.text, offset), what);
  }

  #unquoted(token: Token): string {
    try {
      return JSON.parse(token.text) as string;
    } catch {
      throw this.error(`${token.text} is no JSON string`, token);
    }
  }

  #scan(): Token {
    for (;;) {
      if (this.#end >= this.text.length) return { kind: 'end', text: '', offset: this.text.length };
      const offset = this.#end;
      TOKEN.lastIndex = offset;
      const match = TOKEN.exec(this.text);
      if (match === null) throw this.error(strange(this.text, offset), { offset });
      this.#end = TOKEN.lastIndex;
      const { space, ...groups } = match.groups as Readonly<Record<string, string | undefined>>;
      if (space !== undefined) continue;
      const kind = Object.keys(groups).find((name) => groups[name] !== undefined) as Token['kind'];
      return { kind, text: match[0], offset };
    }
  }
}

/** Line and column of an offset, both counted from 1. */
export function position(text: string, offset: number): readonly [line: number, column: number] {
  const lines = text.slice(0, offset).split('\n');
  return [lines.length, (lines.at(-1) as string).length + 1];
}

function found({ kind, text }: Token): string {
  return kind === 'end' ? ', and the text ends' : `, not ${kind === 'string' ? text : `'${text}'`}`;
}

function strange(text: string, offset: number): string {
  if (/^(?:<{7}|={7}|>{7})/.test(text.slice(offset, offset + 7))) return 'a merge conflict is not resolved';
  return `'${String.fromCodePoint(text.codePointAt(offset) as number)}' is not expected`;
}
