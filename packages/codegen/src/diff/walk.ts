import { type ShapeNode, showShape } from '@doorcall/core/contract';
import type { Affected, Break } from './change.js';
import { checkChanges } from './checks.js';
import { matchOptions, tagOf } from './options.js';
import { clientReads, type Party, partiesOf, type Side } from './parties.js';
import { type Key, keysOf, peel, step } from './parts.js';

/** A difference between two shapes. */
export interface ShapeChange {
  readonly path: string;
  readonly message: string;
  readonly breaks: readonly Break[];
}

/** A pair of shapes that is being looked at. */
interface Place {
  readonly path: string;
  /** Who may be harmed by what differs here. */
  readonly suspects: readonly Party[];
  /** Who was found to be harmed, here or below. */
  readonly harmed: Set<Affected>;
}

/** So often a pair of shapes is walked again because another place refers to it. */
const MANY = 200;

/** Stands for the same value on both sides: it fits itself and nothing else. */
const SAME: ShapeNode = { kind: 'bytes' };

/**
 * Finds the differences between two shapes of one table, each at the innermost place where it can be told.
 *
 * Each difference is put to `Fit` by itself, as a pair of shapes that differ in nothing else, so the walk does not
 * decide what breaks. Where there is a choice (unions) the whole is asked first: what the whole allows, no part of it
 * breaks. And when a whole does not fit, somebody is told so, whether or not a part was found to be why.
 */
export class Walk {
  readonly changes: ShapeChange[] = [];
  /** The table, with the shapes that are made to be asked about at its end. */
  readonly #shapes: ShapeNode[];
  readonly #parties: readonly Party[];
  /** Who is harmed, by pair of shapes and suspects; everybody while the pair is being walked. */
  readonly #known = new Map<string, ReadonlySet<Affected>>();
  readonly #open = new Set<string>();
  /** How often a pair was walked that was known. */
  #again = 0;

  /** @param affected who counts */
  constructor(
    shapes: readonly ShapeNode[],
    private readonly side: Side,
    private readonly affected: readonly Affected[],
  ) {
    this.#shapes = [...shapes];
    this.#parties = partiesOf(side).filter(({ who }) => affected.includes(who));
  }

  /** Compares two roots. */
  compare(old: number, next: number): void {
    const place = { path: '', suspects: this.#parties, harmed: new Set<Affected>() };
    this.#into(old, next, place);
    this.#nameTheRest(old, next, { ...place, suspects: this.#failing(this.#parties, old, next) });
  }

  #into(old: number, next: number, above: Place, path = ''): void {
    if (old === next) return;
    const pair = `${old},${next},${above.suspects.map(({ who }) => who)}`;
    let harmed = this.#known.get(pair);
    // A shape that is used in several places is told at each, as long as there are not too many.
    if (harmed === undefined || (!this.#open.has(pair) && ++this.#again < MANY)) {
      this.#known.set(pair, new Set(this.affected));
      this.#open.add(pair);
      const place = { path: above.path + path, suspects: above.suspects, harmed: new Set<Affected>() };
      this.#wrappers(old, next, place);
      this.#open.delete(pair);
      harmed = place.harmed;
      this.#known.set(pair, harmed);
    }
    for (const who of harmed) above.harmed.add(who);
  }

  #wrappers(old: number, next: number, place: Place): void {
    const from = peel(this.#shapes, old);
    const to = peel(this.#shapes, next);
    const [before, after] = [this.#node(from.core).kind, this.#node(to.core).kind];
    if (before !== after && [before, after].some((kind) => kind === 'undefined' || kind === 'null')) {
      // Of nothing but undefined or null there is no value that the wrappers could be told from.
      this.#differ(old, next, place);
      return;
    }
    for (const kind of ['optional', 'nullable'] as const) {
      if (from[kind] === to[kind]) continue;
      const value = kind === 'optional' ? 'undefined' : 'null';
      const same = this.#add(SAME);
      const wrapped = this.#add({ kind, refs: [same] });
      const message = to[kind] ? `may now be ${value}` : `is no longer ${value}`;
      this.#note(place, message, from[kind] ? wrapped : same, to[kind] ? wrapped : same);
    }
    if (from.core !== to.core) this.#cores(from.core, to.core, place);
  }

  #cores(old: number, next: number, place: Place): void {
    const from = this.#node(old);
    const to = this.#node(next);
    if (from.kind === 'union' || to.kind === 'union') this.#unions(old, next, place);
    else if (from.kind !== to.kind) this.#differ(old, next, place);
    else this.#alike(old, next, place);
  }

  /** Two shapes of one kind. */
  #alike(old: number, next: number, place: Place): void {
    const from = this.#node(old);
    const to = this.#node(next);
    const descend = (i: number, path: string) => {
      this.#into(from.refs?.[i] as number, to.refs?.[i] as number, place, path);
    };
    this.#checks(from, to, place);
    switch (from.kind) {
      case 'object':
        this.#objects(from, to, place);
        break;
      case 'literal':
        this.#literals(old, next, place);
        break;
      case 'array':
        descend(0, '[]');
        break;
      case 'set':
        descend(0, '{}');
        break;
      case 'record':
      case 'map':
        descend(0, ' (keys)');
        descend(1, '.*');
        break;
      case 'tuple':
        this.#tuples(old, next, place, descend);
        break;
      case 'door':
        if (from.name === to.name)
          this.#note(place, `the service ${from.name} behind the door has changed`, old, next);
        else this.#differ(old, next, place);
        break;
      case 'custom':
      case 'intersection':
        this.#differ(old, next, place);
    }
  }

  #objects(from: ShapeNode, to: ShapeNode, place: Place): void {
    const olds = keysOf(from);
    const news = keysOf(to);
    for (const name of new Set([...olds.keys(), ...news.keys()])) {
      const at = { ...place, path: place.path + step(name) };
      const old = olds.get(name);
      const next = news.get(name);
      if (old !== undefined && next !== undefined) {
        this.#keys(name, [from, old], [to, next], at);
        continue;
      }
      const key = (old ?? next) as Key;
      const what = `${key.optional ? 'optional' : 'required'} key ${old === undefined ? 'added' : 'removed'}`;
      const message = `${what}: ${showShape(this.#shapes, key.ref)}`;
      const more = next === undefined ? this.#withoutKey(name, to) : [];
      this.#note(at, message, this.#ofOne(from, name, old), this.#ofOne(to, name, next), more, name);
    }
    this.#furtherKeys(from, to, place);
  }

  /** A key that is on both sides. */
  #keys(
    name: string,
    [from, old]: readonly [ShapeNode, Key],
    [to, next]: readonly [ShapeNode, Key],
    at: Place,
  ): void {
    if (old.optional === next.optional) {
      this.#into(old.ref, next.ref, at);
      return;
    }
    const same = { ref: this.#add(SAME) };
    const message = next.optional ? 'became optional' : 'became required';
    const [before, after] = [
      { ...old, ...same },
      { ...next, ...same },
    ];
    this.#note(at, message, this.#ofOne(from, name, before), this.#ofOne(to, name, after), [], name);
    this.#into(this.#present(old), this.#present(next), at);
  }

  /** An object of one key or of none, which takes further keys as another does. */
  #ofOne({ extra }: ShapeNode, name: string, key: Key | undefined): number {
    return this.#add({
      kind: 'object',
      names: key === undefined ? [] : [name],
      ...(key?.optional && { optional: [0] }),
      ...(extra === 'refused' && { extra }),
      refs: key === undefined ? [] : [key.ref],
    });
  }

  /** What an optional key holds when it is there: that it may be undefined was said by its being optional. */
  #present({ ref, optional }: Key): number {
    const node = this.#node(ref);
    return optional && node.kind === 'optional' ? (node.refs?.[0] as number) : ref;
  }

  /** TypeScript refuses unknown keys in an object literal, and to read properties that a type does not have. */
  #withoutKey(name: string, to: ShapeNode): readonly Break[] {
    const reads = clientReads(this.side);
    if (!reads && (to.extra === 'kept' || to.extra === 'checked')) return [];
    const uses = reads ? 'reads' : 'passes';
    return [{ who: 'client-code', why: `code that ${uses} '${name}' no longer compiles` }];
  }

  /** Keys beyond the named ones: which they are nobody knows, so `Fit` is of little help. */
  #furtherKeys(from: ShapeNode, to: ShapeNode, place: Place): void {
    const old = from.extra ?? 'dropped';
    const next = to.extra ?? 'dropped';
    if (old === 'checked' && next === 'checked') {
      const rest = ({ names = [], refs = [] }: ShapeNode) => refs[names.length] as number;
      this.#into(rest(from), rest(to), place, '.*');
    }
    if (old === next) return;
    const breaks: Break[] = [];
    const { direction, roles } = this.side;
    if (direction === 'input' && old !== 'refused' && (next === 'refused' || next === 'checked')) {
      breaks.push({ who: roles.oldCaller, why: `the ${roles.callee} refuses further keys that it took` });
    }
    if ((old === 'kept' || old === 'checked') && (next === 'dropped' || next === 'refused')) {
      breaks.push({ who: 'client-code', why: 'code that uses further keys no longer compiles' });
    }
    this.#report(place, `further keys were ${old} and are now ${next}`, breaks);
  }

  #literals(old: number, next: number, place: Place): void {
    const olds = this.#node(old).values ?? [];
    const news = this.#node(next).values ?? [];
    const added = news.filter((value) => !olds.includes(value));
    const removed = olds.filter((value) => !news.includes(value));
    const parts = [
      ...(added.length > 0 ? [`${added.join(', ')} added`] : []),
      ...(removed.length > 0 ? [`${removed.join(', ')} removed`] : []),
    ];
    const more = removed.slice(0, 1).map((value) => `code that compares with ${value} no longer compiles`);
    this.#note(place, parts.join(', '), old, next, this.#readers(more));
  }

  #tuples(old: number, next: number, place: Place, descend: (i: number, path: string) => void): void {
    const [from, to] = [this.#node(old), this.#node(next)];
    const { refs = [] } = from;
    if (refs.length !== to.refs?.length || from.min !== to.min || from.rest !== to.rest) {
      this.#differ(old, next, place);
      return;
    }
    for (const i of refs.keys()) descend(i, from.rest && i === refs.length - 1 ? '[]' : `[${i}]`);
  }

  #unions(old: number, next: number, above: Place): void {
    const olds = this.#optionsOf(old);
    const news = this.#optionsOf(next);
    const place = { ...above, suspects: this.#failing(above.suspects, old, next) };
    const { pairs, removed, added } = matchOptions(this.#shapes, olds, news);
    for (const { old: x, next: y, tag } of pairs) this.#into(x, y, place, tag === '' ? '' : `(${tag})`);
    for (const option of added) {
      const wider = this.#add({ kind: 'union', refs: [...olds, option] });
      this.#note(place, `option added: ${showShape(this.#shapes, option)}`, old, wider);
    }
    for (const option of removed) {
      const wider = this.#add({ kind: 'union', refs: [...news, option] });
      const tag = tagOf(this.#shapes, olds, option);
      const more = tag === undefined ? [] : [`code that handles ${tag} no longer compiles`];
      const message = `option removed: ${showShape(this.#shapes, option)}`;
      this.#note(place, message, wider, next, this.#readers(more));
    }
    this.#nameTheRest(old, next, place);
  }

  #optionsOf(index: number): readonly number[] {
    const { kind, refs = [] } = this.#node(index);
    return kind === 'union' ? refs : [index];
  }

  #checks(from: ShapeNode, to: ShapeNode, place: Place): void {
    const message = checkChanges(from.checks, to.checks);
    if (message === '') return;
    const onlyChecks = ({ checks = [] }: ShapeNode) => this.#add({ ...SAME, checks });
    this.#note(place, message, onlyChecks(from), onlyChecks(to));
  }

  /** What breaks code that reads it. */
  #readers(reasons: readonly string[]): readonly Break[] {
    return clientReads(this.side) ? reasons.map((why) => ({ who: 'client-code', why })) : [];
  }

  #nameTheRest(old: number, next: number, place: Place): void {
    const suspects = place.suspects.filter(({ who }) => !place.harmed.has(who));
    if (suspects.length > 0) this.#differ(old, next, { ...place, suspects });
  }

  #differ(old: number, next: number, place: Place): void {
    const message = `${showShape(this.#shapes, old)} → ${showShape(this.#shapes, next)}`;
    this.#note(place, message, old, next);
  }

  /**
   * Reports a difference.
   * @param old, next two shapes that differ in nothing else
   * @param more what it breaks beyond what `Fit` says of them
   * @param key the key that they have when they are objects of one
   */
  #note(
    place: Place,
    message: string,
    old: number,
    next: number,
    more: readonly Break[] = [],
    key?: string,
  ): void {
    const breaks = place.suspects.flatMap(({ who, whyNot }): readonly Break[] => {
      const why = whyNot(this.#shapes, old, next, key);
      return why === undefined ? [] : [{ who, why }];
    });
    const known = new Set(breaks.map(({ who }) => who));
    this.#report(place, message, [...breaks, ...more.filter(({ who }) => !known.has(who))]);
  }

  #report({ path, harmed }: Place, message: string, all: readonly Break[]): void {
    const breaks = all.filter(({ who }) => this.affected.includes(who));
    for (const { who } of breaks) harmed.add(who);
    this.changes.push({ path: path.replace(/^\./, ''), message, breaks });
  }

  #failing(parties: readonly Party[], old: number, next: number): readonly Party[] {
    return parties.filter(({ whyNot }) => whyNot(this.#shapes, old, next) !== undefined);
  }

  #node(index: number): ShapeNode {
    return this.#shapes[index] as ShapeNode;
  }

  #add(node: ShapeNode): number {
    return this.#shapes.push(node) - 1;
  }
}
