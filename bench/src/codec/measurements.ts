import type { PayloadName } from './payloads/index.js';

/** What one contestant shows with one payload in one round. */
export interface Figures {
  /** To encode one value. */
  encodeNs: number;
  /** To encode, decode and validate it. */
  totalNs: number;
  /** Encoded size of each variant, in bytes. */
  sizes: readonly number[];
}

/** Something that was asked for and not measured. */
export interface Gap {
  contestant: string;
  payload: PayloadName;
  round: number;
  reason: string;
}

/** What was measured, by round; failed trials leave a hole. */
export class Measurements {
  readonly #figures = new Map<string, Figures[]>();
  readonly gaps: Gap[] = [];

  add(round: number, contestant: string, payload: PayloadName, figures: Figures): void {
    const key = `${payload}/${contestant}`;
    const rounds = this.#figures.get(key) ?? [];
    rounds[round] = figures;
    this.#figures.set(key, rounds);
  }

  /** The figures of one round. */
  at(round: number, contestant: string, payload: PayloadName): Figures | undefined {
    return this.#figures.get(`${payload}/${contestant}`)?.[round];
  }

  /** All rounds that succeeded. */
  of(contestant: string, payload: PayloadName): Figures[] {
    // `filter` passes over holes.
    return (this.#figures.get(`${payload}/${contestant}`) ?? []).filter(() => true);
  }

  /** The rounds in which both succeeded. */
  pairs(one: string, other: string, payload: PayloadName): [Figures, Figures][] {
    const others = this.#figures.get(`${payload}/${other}`) ?? [];
    const found: [Figures, Figures][] = [];
    this.#figures.get(`${payload}/${one}`)?.forEach((figures, round) => {
      const counterpart = others[round];
      if (counterpart) found.push([figures, counterpart]);
    });
    return found;
  }

  /** How many rounds have any figures. */
  get rounds(): number {
    return Math.max(0, ...[...this.#figures.values()].map(({ length }) => length));
  }
}
