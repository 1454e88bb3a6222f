import { expect } from 'vitest';
import { counted, resourcesOf } from '../../process/support/resources.js';
import { until } from '../../shm/support/places.js';
import { canSandbox, sandboxed } from '../../shm/support/sandbox.js';
import { checkLog, type Line, Place, type Window } from './attack.js';
import { limitsOf, POLITE_CALLS, PoliteTimes } from './polite-times.js';
import { Program } from './program.mjs';
import type { Row } from './rows.js';

/** The beginning of a command whose kernel reports every seal of every file (F_GET_SEALS). */
const LYING_KERNEL = sandboxed([{ call: 'fcntl', argument: 1, value: 1034, result: 0x17 }]);
const WARM_UP_CALLS = 500;

/** The calls of the polite client beside one attack. */
export interface Attempt {
  readonly quiet: Window;
  readonly meanwhile: Window;
}

/** What attacks by clients and by servers have in common: victims, the hostile peer, and what must hold after each. */
export class Stage {
  readonly place = new Place();
  readonly peer = Program.hostilePeer();
  readonly plain: Program;
  readonly liedTo: Program | undefined;
  readonly #times = new PoliteTimes();
  #prototypes: string | undefined;

  /** @param victim the program that is attacked */
  constructor(victim: string) {
    this.plain = Program.node(victim);
    this.liedTo = canSandbox ? Program.node(victim, LYING_KERNEL) : undefined;
  }

  /** Makes a row's attack, as often as it takes to say whether it leaves the polite client in peace. */
  async play(
    row: Row,
    skip: (why: string) => void,
    attack: (victim: Program) => Promise<Attempt>,
  ): Promise<void> {
    const victim = row.victim === 'lied to' ? this.liedTo : this.plain;
    if (victim === undefined) return skip('no sandbox here whose kernel could lie');
    const problems = await this.#times.judge(limitsOf(row.lateMs), async () => {
      const { quiet, meanwhile } = await attack(victim);
      expect(meanwhile.failures).toEqual([]);
      return { quiet: quiet.times, attacked: meanwhile.times };
    });
    expect(problems).toEqual([]);
  }

  /** The first calls of a process take longest: among the quiet ones they would excuse late ones beside the first rows. */
  async warmUp(polite: Program): Promise<void> {
    await polite.ask('after', { calls: WARM_UP_CALLS });
  }

  /** What a polite client sees in some calls from now on. */
  async watchQuiet(polite: Program): Promise<Window> {
    await polite.ask('after', { calls: 0 });
    return this.watch(polite);
  }

  /** The same, and what it has seen since it was asked last. */
  watch(polite: Program): Promise<Window> {
    return polite.ask<Window>('after', { calls: POLITE_CALLS });
  }

  /** The log has what the row wants, and no prototype of the language has changed. */
  async expectCalm(row: Row, victim: Program, begins: RegExp, fields: object = {}): Promise<void> {
    type Calm = { readonly lines: Line[]; readonly prototypes: string };
    const { lines, prototypes } = await victim.ask<Calm>('calm', fields);
    checkLog(row, lines, begins, this.peer.pid);
    this.#prototypes ??= prototypes;
    expect(prototypes).toBe(this.#prototypes);
  }

  /** @returns resolves once what was made since then is gone */
  whatIsHeld(victim: Program): () => Promise<void> {
    const held = () => JSON.stringify(counted(resourcesOf(victim.pid)));
    const before = held();
    return () => until(() => held() === before);
  }

  /** @param others to be stopped, too */
  async close(others: readonly Program[]): Promise<void> {
    const programs = [this.plain, ...(this.liedTo === undefined ? [] : [this.liedTo]), this.peer, ...others];
    await Promise.all(programs.map((program) => program.stop()));
    this.place.remove();
    console.log(this.#times.summary);
  }
}
