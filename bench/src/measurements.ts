/**
 * What a run has measured: the figures of each contestant with each subject (a scenario, a payload), by round. Failed
 * trials leave a hole.
 */
export class Measurements<Subject extends string, Figures, Gap> {
  readonly #figures = new Map<string, Figures[]>();
  /** What was asked for and not measured. */
  readonly gaps: Gap[] = [];

  add(round: number, contestant: string, subject: Subject, figures: Figures): void {
    const key = `${subject}/${contestant}`;
    const rounds = this.#figures.get(key) ?? [];
    rounds[round] = figures;
    this.#figures.set(key, rounds);
  }

  /** The figures of one round. */
  at(round: number, contestant: string, subject: Subject): Figures | undefined {
    return this.#figures.get(`${subject}/${contestant}`)?.[round];
  }

  /** All rounds that succeeded. */
  of(contestant: string, subject: Subject): Figures[] {
    // `filter` passes over holes.
    return (this.#figures.get(`${subject}/${contestant}`) ?? []).filter(() => true);
  }

  /** The rounds in which both succeeded. */
  pairs(one: string, other: string, subject: Subject): [Figures, Figures][] {
    const others = this.#figures.get(`${subject}/${other}`) ?? [];
    const found: [Figures, Figures][] = [];
    this.#figures.get(`${subject}/${one}`)?.forEach((figures, round) => {
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
