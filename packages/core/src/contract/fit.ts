import { isAttachment, leadingToAttachments } from './attachment-shapes.js';
import { literalKind, type ShapeNode } from './shape.js';
import { showShape } from './show-shape.js';

/** Pairs of nodes that one comparison may visit: beyond it, a hostile or enormous contract is not worth the time. */
const MAX_PAIRS = 300_000;

/** How strictly shapes are compared. */
export interface FitRules {
  /**
   * Of a choice (literals, options of a union, what may be absent or null) one that fits is enough: whoever receives
   * the value looks at it. By default all of them have to.
   */
  readonly someValues?: boolean;
  /** Shapes that only code can judge fit nothing but their like. By default they fit everything. */
  readonly noDoubt?: boolean;
  /** Whether what passes one list of checks passes another. By default checks are left to whoever receives. */
  readonly implies?: (sent: readonly string[], taken: readonly string[]) => boolean;
}

/**
 * Whether every value of one shape is a value of another, as far as shapes can tell. Recursive shapes are compared
 * on the assumption that a pair already being looked at fits.
 */
export class Fit {
  readonly differences: string[] = [];
  /** Pairs that fit, or are being looked at, in the order in which they were met. */
  readonly #assumed = new Set<string>();
  /** Pairs that do not fit. */
  readonly #refuted = new Set<string>();
  #pairs = 0;
  /** By node of the sender: whether its values may hold attachments. */
  readonly #attaches: readonly boolean[];

  /**
   * @param from the shapes of who sends
   * @param to the shapes of who receives
   * @param sends, takes name the two sides in messages
   * @param side in an answer, keys that the receiver does not know are no difference: it does not validate
   * @param rules Default: every value has to fit, and what cannot be told fits.
   */
  constructor(
    private readonly from: readonly ShapeNode[],
    private readonly to: readonly ShapeNode[],
    private readonly sends: string,
    private readonly takes: string,
    private readonly side: 'request' | 'answer',
    private readonly rules: FitRules = {},
  ) {
    this.#attaches = leadingToAttachments(from);
  }

  /** Compares two roots and notes the differences, each with its path. */
  compare(a: number, b: number, path: string): void {
    try {
      this.#fits(a, b, path, this.differences);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.differences.push(`${path}: the contracts are too complex to be compared`);
    }
  }

  /** @param notes where differences go; undefined when only the answer counts */
  #fits(a: number, b: number, path: string, notes: string[] | undefined): boolean {
    const pair = `${a},${b}`;
    if (this.#assumed.has(pair)) return true;
    if (notes === undefined && this.#refuted.has(pair)) return false;
    if (++this.#pairs > MAX_PAIRS) throw new RangeError('too many pairs');
    const from = this.from[a];
    const to = this.to[b];
    if (from === undefined || to === undefined) return true;
    this.#assumed.add(pair);
    const fits = this.#nodesFit(from, to, a, b, path, notes);
    if (!fits) this.#refute(pair);
    return fits;
  }

  /** What was found to fit since a pair was assumed may rest on that pair. */
  #refute(pair: string): void {
    let since = false;
    for (const each of this.#assumed) {
      since ||= each === pair;
      if (since) this.#assumed.delete(each);
    }
    this.#refuted.add(pair);
  }

  #nodesFit(
    from: ShapeNode,
    to: ShapeNode,
    a: number,
    b: number,
    path: string,
    notes: string[] | undefined,
  ): boolean {
    const { someValues } = this.rules;
    const differ = (): boolean => {
      notes?.push(
        `${path}: ${this.sends} ${showShape(this.from, a)}, ${this.takes} ${showShape(this.to, b)}`,
      );
      return false;
    };
    // An attachment travels in a way of its own: whoever expects anything does not expect that.
    if (isAttachment(from) && !MAY_HOLD_ATTACHMENTS.has(to.kind)) return sameAttachment(from, to) || differ();
    if (isAttachment(to) && !MAY_HOLD_ATTACHMENTS.has(from.kind)) return sameAttachment(from, to) || differ();
    // What comes beside a message has to be asked for by its receiver's contract.
    if (anything(to) && this.#attaches[a]) return differ();
    if (this.#cannotDiffer(from, to)) return true;
    if (from.kind === to.kind && (from.kind === 'optional' || from.kind === 'nullable')) {
      return this.#fits(first(from), first(to), path, notes);
    }
    switch (from.kind) {
      case 'union':
        return this.#enough(from.refs ?? [], (ref) => this.#fits(ref, b, path, undefined)) || differ();
      case 'optional':
      case 'nullable': {
        const without = from.kind === 'optional' ? 'undefined' : 'null';
        const accepted = someValues === true || this.#acceptsLiteral(without, b);
        return (accepted && this.#fits(first(from), b, path, undefined)) || differ();
      }
      case 'literal':
        return this.#enough(from.values ?? [], (value) => this.#acceptsLiteral(value, b)) || differ();
      case 'null':
      case 'undefined':
        return this.#acceptsLiteral(from.kind, b) || differ();
      case 'boolean':
        return this.#enough(['true', 'false'], (value) => this.#acceptsLiteral(value, b)) || differ();
      case 'intersection':
        // A value of all members; it fits if one of them is enough. Else only running code can tell.
        if (this.rules.noDoubt !== true) return true;
        if (to.kind !== 'intersection') {
          return (from.refs ?? []).some((ref) => this.#fits(ref, b, path, undefined)) || differ();
        }
    }
    switch (to.kind) {
      case 'union':
        return (to.refs ?? []).some((ref) => this.#fits(a, ref, path, undefined)) || differ();
      case 'optional':
      case 'nullable':
        return this.#fits(a, first(to), path, notes);
      case 'intersection':
        return every(to.refs, (ref) => this.#fits(a, ref, path, notes));
      case 'literal':
        // Any string may be one of the strings that are taken.
        if (someValues && to.values?.some((value) => literalKind(value) === from.kind)) return true;
    }
    if (from.kind === 'tuple' && to.kind === 'array') {
      return every(from.refs, (ref) => this.#fits(ref, first(to), `${path}[]`, notes));
    }
    if (from.kind === 'object' && to.kind === 'record') {
      return every(from.refs, (ref) => this.#fits(ref, to.refs?.[1] as number, `${path}.*`, notes));
    }
    if (from.kind === 'record' && to.kind === 'object')
      return this.#recordFitsObject(from, to, path, notes) || differ();
    if (from.kind !== to.kind) return differ();
    if (!this.#passesChecks(from.checks, to)) {
      notes?.push(`${path}: ${this.takes} only what passes its checks`);
      return false;
    }
    switch (from.kind) {
      case 'object':
        return this.#objectsFit(from, to, path, notes);
      case 'array':
        return this.#fits(first(from), first(to), `${path}[]`, notes);
      case 'set':
        return this.#fits(first(from), first(to), `${path}{}`, notes);
      case 'record':
      case 'map':
        return every([0, 1], (i) =>
          this.#fits(
            from.refs?.[i] as number,
            to.refs?.[i] as number,
            i === 0 ? `${path} (keys)` : `${path}.*`,
            notes,
          ),
        );
      case 'tuple':
        return this.#tuplesFit(from, to, path, notes) || differ();
      case 'custom':
        return from.name === to.name || differ();
      default:
        return true;
    }
  }

  /** Shapes that need no look: one says nothing, or only code can judge it. */
  #cannotDiffer(from: ShapeNode, to: ShapeNode): boolean {
    if (to.kind === 'unknown' || from.kind === 'never') return true;
    return this.rules.noDoubt !== true && (anything(from) || anything(to));
  }

  /** Whether as many of the choices fit as have to. */
  #enough<Choice>(choices: readonly Choice[], fits: (choice: Choice) => boolean): boolean {
    return this.rules.someValues === true ? choices.some(fits) : choices.every(fits);
  }

  #passesChecks(sent: readonly string[] = [], { checks: taken = [] }: ShapeNode): boolean {
    return this.rules.implies?.(sent, taken) ?? true;
  }

  #objectsFit(from: ShapeNode, to: ShapeNode, path: string, notes: string[] | undefined): boolean {
    const names = from.names ?? [];
    const indexes = new Map(names.map((name, i) => [name, i]));
    let fits = true;
    (to.names ?? []).forEach((name, i) => {
      const mine = indexes.get(name);
      const required = to.optional?.includes(i) !== true;
      const sometimes = mine !== undefined && from.optional?.includes(mine) === true;
      if (mine === undefined || (required && sometimes && this.rules.someValues !== true)) {
        if (!required) return;
        notes?.push(
          `${path}.${name}: ${this.takes} it always, ${this.sends} it ${mine === undefined ? 'never' : 'sometimes'}`,
        );
        fits = false;
        return;
      }
      fits =
        this.#fits(from.refs?.[mine] as number, to.refs?.[i] as number, `${path}.${name}`, notes) && fits;
    });
    const known = new Set(to.names);
    if (to.extra !== 'checked') {
      names.forEach((name, i) => {
        if (known.has(name) || this.#attaches[from.refs?.[i] ?? -1] !== true) return;
        if (this.rules.someValues && from.optional?.includes(i)) return;
        notes?.push(`${path}.${name}: ${this.sends} what travels beside a message, ${this.takes} none there`);
        fits = false;
      });
    }
    if (to.extra === 'refused' && this.side === 'request') {
      const sent = names.filter((_, i) => !(this.rules.someValues && from.optional?.includes(i)));
      for (const name of sent.filter((each) => !known.has(each))) {
        notes?.push(`${path}.${name}: ${this.sends} it, ${this.takes} no other keys than its own`);
        fits = false;
      }
    }
    return (to.extra !== 'checked' || this.#furtherKeysFit(from, to, path, notes)) && fits;
  }

  /** Keys that the receiver does not name and wants to be of one shape. */
  #furtherKeysFit(from: ShapeNode, to: ShapeNode, path: string, notes: string[] | undefined): boolean {
    const known = new Set(to.names);
    const taken = to.refs?.[known.size] as number;
    return every(from.refs, (ref, i) => {
      const name = from.names?.[i];
      if (name !== undefined && known.has(name)) return true;
      return this.#fits(ref, taken, `${path}.${name ?? '*'}`, notes);
    });
  }

  #recordFitsObject(from: ShapeNode, to: ShapeNode, path: string, notes: string[] | undefined): boolean {
    const names = to.names ?? [];
    if (this.rules.someValues !== true && to.optional?.length !== names.length) return false;
    return every(to.refs, (ref) => this.#fits(from.refs?.[1] as number, ref, `${path}.*`, notes));
  }

  #tuplesFit(from: ShapeNode, to: ShapeNode, path: string, notes: string[] | undefined): boolean {
    const { someValues } = this.rules;
    const refs = from.refs ?? [];
    const least = someValues ? (from.rest ? Number.POSITIVE_INFINITY : refs.length) : (from.min ?? 0);
    if (least < (to.min ?? 0)) return false;
    return refs.every((ref, i) => {
      const last = (to.refs?.length ?? 0) - 1;
      const other = to.refs?.[Math.min(i, last)];
      if (other === undefined || (i > last && to.rest !== true)) {
        return someValues === true && i >= (from.min ?? 0);
      }
      return this.#fits(ref, other, `${path}[${i}]`, notes);
    });
  }

  /** Whether a literal is a value of a shape. */
  #acceptsLiteral(text: string, b: number): boolean {
    const to = this.to[b];
    if (to === undefined || to.kind === 'unknown') return true;
    if (anything(to)) return this.rules.noDoubt !== true;
    if (++this.#pairs > MAX_PAIRS) throw new RangeError('too many pairs');
    const kind = literalKind(text);
    switch (to.kind) {
      case 'literal':
        return to.values?.includes(text) === true;
      case 'union':
        return (to.refs ?? []).some((ref) => this.#acceptsLiteral(text, ref));
      case 'intersection':
        return (to.refs ?? []).every((ref) => this.#acceptsLiteral(text, ref));
      case 'optional':
        return kind === 'undefined' || this.#acceptsLiteral(text, first(to));
      case 'nullable':
        return kind === 'null' || this.#acceptsLiteral(text, first(to));
      default:
        return to.kind === kind && this.#passesChecks([], to);
    }
  }
}

/** Kinds that an attachment may stand directly in. */
const MAY_HOLD_ATTACHMENTS: ReadonlySet<ShapeNode['kind']> = new Set([
  'union',
  'intersection',
  'optional',
  'nullable',
]);

/** Limits of a blob are left to whoever receives it; a door's service has to be the same. */
function sameAttachment(from: ShapeNode, to: ShapeNode): boolean {
  return from.kind === to.kind && from.name === to.name && from.fingerprint === to.fingerprint;
}

/** Shapes that say nothing, or that only code can judge. */
function anything(node: ShapeNode): boolean {
  return node.kind === 'unknown' || node.kind === 'custom';
}

function first(node: ShapeNode): number {
  return node.refs?.[0] as number;
}

/** Like Array.every, but looks at all of them, so that each difference is noted. */
function every(refs: readonly number[] | undefined, fits: (ref: number, i: number) => boolean): boolean {
  return (refs ?? []).map(fits).every(Boolean);
}
