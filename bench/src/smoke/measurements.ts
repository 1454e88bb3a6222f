import type { Figures } from './figures.js';
import type { ScenarioName } from './scenarios.js';

/** What was measured, by round; failed trials leave a hole. */
export class Measurements {
  readonly #figures = new Map<string, Figures[]>();
  readonly gaps: Gap[] = [];

  add(round: number, transport: string, scenario: ScenarioName, figures: Figures): void {
    const key = `${scenario}/${transport}`;
    const rounds = this.#figures.get(key) ?? [];
    rounds[round] = figures;
    this.#figures.set(key, rounds);
  }

  has(round: number, transport: string, scenario: ScenarioName): boolean {
    return this.#figures.get(`${scenario}/${transport}`)?.[round] !== undefined;
  }

  /** All rounds that succeeded. */
  of(transport: string, scenario: ScenarioName): Figures[] {
    // `filter` passes over holes.
    return (this.#figures.get(`${scenario}/${transport}`) ?? []).filter(() => true);
  }

  /** The rounds in which both succeeded. */
  pairs(one: string, other: string, scenario: ScenarioName): [Figures, Figures][] {
    const others = this.#figures.get(`${scenario}/${other}`) ?? [];
    const found: [Figures, Figures][] = [];
    this.#figures.get(`${scenario}/${one}`)?.forEach((figures, round) => {
      const counterpart = others[round];
      if (counterpart) found.push([figures, counterpart]);
    });
    return found;
  }
}

/** Something that was asked for and not measured. */
export interface Gap {
  transport: string;
  scenario: ScenarioName;
  /** Absent when the transport cannot take part in the scenario at all. */
  round?: number;
  reason: string;
}
