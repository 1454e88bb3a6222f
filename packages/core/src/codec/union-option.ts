import { literalText, type ShapeNode } from '../contract/shape.js';

/**
 * How many parts of a value and its shape one choice looks at. What is told apart only further on counts as told apart
 * by the order of the options; so no value makes choices cost more the deeper it is.
 */
const MOST_LOOKS = 256;

/** What stands in the place of an attachment, on one side or the other. */
export interface PlaceJudge {
  /** Whether a value can stand where the contract has that attachment. */
  fits(node: ShapeNode, value: unknown): boolean;
  /** Whether a value can stand nowhere else. */
  isOnly(value: unknown): boolean;
}

/**
 * The first of a union's options that a value can be of, as far as its structure tells: kinds, literals, keys. It is the
 * one that zod takes, unless only checks or code tell them apart.
 * @returns undefined when there is none
 */
export function chooseOption(
  shapes: readonly ShapeNode[],
  options: readonly number[],
  value: unknown,
  places: PlaceJudge,
): number | undefined {
  return options.find((option) => new Look(shapes, places).matches(value, option));
}

class Look {
  #left = MOST_LOOKS;

  constructor(
    private readonly shapes: readonly ShapeNode[],
    private readonly places: PlaceJudge,
  ) {}

  matches(value: unknown, shape: number | undefined): boolean {
    const node = shape === undefined ? undefined : this.shapes[shape];
    if (node === undefined || --this.#left < 0) return true;
    const refs = node.refs ?? [];
    switch (node.kind) {
      case 'blob':
      case 'fd':
      case 'door':
        return this.places.fits(node, value);
      case 'unknown':
      case 'custom':
        return !this.places.isOnly(value);
      case 'never':
        return false;
      case 'optional':
        return value === undefined || this.matches(value, refs[0]);
      case 'nullable':
        return value === null || this.matches(value, refs[0]);
      case 'union':
        return refs.some((ref) => this.matches(value, ref));
      case 'intersection':
        return refs.every((ref) => this.matches(value, ref));
      case 'null':
        return value === null;
      case 'nan':
        return Number.isNaN(value);
      case 'date':
        return value instanceof Date;
      case 'bytes':
        return value instanceof Uint8Array;
      case 'literal':
        return typeof value !== 'object' && node.values?.includes(literalText(value)) === true;
      case 'object':
        return this.#isObject(value) && this.#keysMatch(value, node);
      case 'record':
        return (
          this.#isObject(value) &&
          Object.keys(value).every((key) => this.matches((value as Fields)[key], refs[1]))
        );
      case 'array':
        return this.#isList(value) && this.#every(value, () => refs[0]);
      case 'tuple':
        return this.#isList(value) && this.#itemsMatch(value, node);
      case 'set':
        return value instanceof Set && this.#every([...value], () => refs[0]);
      case 'map':
        return (
          value instanceof Map &&
          this.#every([...value.keys()], () => refs[0]) &&
          this.#every([...value.values()], () => refs[1])
        );
      default:
        return typeof value === node.kind;
    }
  }

  #isObject(value: unknown): value is object {
    if (typeof value !== 'object' || value === null || this.places.isOnly(value)) return false;
    return !Array.isArray(value) && Object.prototype.toString.call(value) === '[object Object]';
  }

  #isList(value: unknown): value is readonly unknown[] {
    return Array.isArray(value) && !this.places.isOnly(value);
  }

  #keysMatch(value: object, { names = [], refs = [], optional = [], extra }: ShapeNode): boolean {
    const fields = value as Fields;
    const known = names.every((name, i) => {
      if (Object.hasOwn(value, name)) return this.matches(fields[name], refs[i]);
      return optional.includes(i) || this.matches(undefined, refs[i]);
    });
    if (!known || (extra !== 'refused' && extra !== 'checked')) return known;
    const others = Object.keys(value).filter((key) => !names.includes(key));
    return extra === 'refused'
      ? others.length === 0
      : others.every((key) => this.matches(fields[key], refs[names.length]));
  }

  #itemsMatch(items: readonly unknown[], { refs = [], min = 0, rest }: ShapeNode): boolean {
    const fixed = rest === true ? refs.length - 1 : refs.length;
    if (items.length < min || (rest !== true && items.length > fixed)) return false;
    return this.#every(items, (i) => refs[Math.min(i, refs.length - 1)]);
  }

  /** No more items than there are looks left. */
  #every(items: readonly unknown[], shapeOf: (index: number) => number | undefined): boolean {
    return items.slice(0, Math.max(this.#left, 0)).every((item, i) => this.matches(item, shapeOf(i)));
  }
}

type Fields = Readonly<Record<string, unknown>>;
