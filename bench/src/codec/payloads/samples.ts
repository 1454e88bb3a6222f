/** Content that is the same in every process and looks like somebody's data. */

/** A source of numbers in [0, 1) that depends on the seed alone (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = Math.imul(seed + 1, 0x9e3779b1);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export class Samples {
  readonly #random: () => number;

  /** @param seed a payload's variants take different ones */
  constructor(seed: number) {
    this.#random = randomFrom(seed);
  }

  /** A whole number from `low` to `high`, both included. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.#random() * (high - low + 1));
  }

  /** A measured value with as many digits as a sensor library gives. */
  measured(low: number, high: number): number {
    return low + this.#random() * (high - low);
  }

  chance(probability: number): boolean {
    return this.#random() < probability;
  }

  oneOf<const Item>(items: readonly Item[]): Item {
    return items[this.integer(0, items.length - 1)] as Item;
  }

  list<Item>(length: number, item: (index: number) => Item): Item[] {
    return Array.from({ length }, (_, i) => item(i));
  }

  hex(digits: number): string {
    return this.list(digits, () => this.integer(0, 15).toString(16)).join('');
  }

  uuid(): string {
    return [this.hex(8), this.hex(4), `4${this.hex(3)}`, `8${this.hex(3)}`, this.hex(12)].join('-');
  }

  person(): string {
    return `${this.oneOf(firstNames)} ${this.oneOf(lastNames)}`;
  }

  words(count: number): string {
    return this.list(count, () => this.oneOf(words)).join(' ');
  }

  bytes(length: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) bytes[i] = this.integer(0, 255);
    return bytes;
  }
}

// Some names are not ASCII, as anywhere.
const firstNames = [
  'Ada',
  'Grace',
  'Edsger',
  'Barbara',
  'Zoë',
  'Niklaus',
  'Margaret',
  'Jürgen',
  'Radia',
  'Ken',
];
const lastNames = [
  'Lovelace',
  'Hopper',
  'Dijkstra',
  'Liskov',
  'Wirth',
  'Hamilton',
  'Müller',
  'Perlman',
  'Thompson',
];
const words = (
  'the of and a to in is you that it he was for on are as with his they I at be this have from or one had by word ' +
  'but not what all were we when your can said there use an each which she do how their if will up other about out ' +
  'many then them these so some her would make like him into time has look two more write go see number no way could'
).split(' ');
