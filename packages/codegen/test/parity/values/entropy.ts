/**
 * Where choices come from: a list of numbers, and zeros once it is used up. Zero always stands for the simplest
 * choice, so a shorter list makes a simpler value, which is how the property library makes failures small. The same
 * list makes the same value again, fresh.
 */
export class Entropy {
  #next = 0;
  #strange = false;

  constructor(private readonly numbers: readonly number[]) {}

  /** A whole number from 0 to `below` - 1. */
  int(below: number): number {
    return (this.numbers[this.#next++] ?? 0) % below;
  }

  /** True once in so many times. */
  once(times: number): boolean {
    return this.int(times) === times - 1;
  }

  /**
   * True the first time. A value has one object at most that is not plain data: of two, one may arrive as its class
   * would have it and the other as a plain one, and the law does not list all such mixtures.
   */
  firstStrange(): boolean {
    const first = !this.#strange;
    this.#strange = true;
    return first;
  }

  /** One of the items; the first is the simplest. */
  pick<Item>(items: readonly Item[]): Item {
    if (items.length === 0) throw new RangeError('nothing to pick from');
    return items[this.int(items.length)] as Item;
  }
}
