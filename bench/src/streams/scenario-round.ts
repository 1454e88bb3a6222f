import { type Apart, onCpus } from '../placement.js';
import type { ControlledProcess } from '../processes/controlled-process.js';
import { ProcessGroup } from '../processes/process-group.js';
import { within } from '../processes/within.js';
import type { Progress } from '../progress.js';
import { median } from '../stats.js';
import type { PartyCommands } from './commands.js';
import type { Figures, Measurements } from './measurements.js';
import type { Sample } from './party.js';
import { partiesOf, partyOf, type ScenarioName } from './scenarios/index.js';
import { stepSeconds, type Timing } from './timing.js';

interface RoundPlan {
  round: number;
  scenario: ScenarioName;
  timing: Timing;
  apart: Apart | undefined;
}

/** Like in the other suites: no garbage is collected on the time of whoever is idle. */
const nodeFlags = ['--no-memory-reducer'];

/**
 * One scenario in one round. All parties are connected and warm before the first is measured; then all measures take
 * short turns, so that what is compared lies close together in time. Processes that wait for their turn are idle.
 */
export class ScenarioRound {
  readonly #groups = new Map<string, ProcessGroup>();
  /** Of the parties that are warm and have not failed. */
  readonly #clients = new Map<string, ControlledProcess<PartyCommands>>();
  readonly #samples = new Map<string, Sample[]>();

  constructor(
    private readonly plan: RoundPlan,
    private readonly measurements: Measurements,
    private readonly progress: Progress,
    private readonly signal: AbortSignal,
  ) {}

  /** How often it tells its progress. */
  static steps(scenario: ScenarioName): number {
    return Object.keys(partiesOf(scenario)).length + 1;
  }

  async run(): Promise<void> {
    try {
      for (const name of Object.keys(partiesOf(this.plan.scenario))) {
        this.#announce(`warm-up ${name}`);
        await this.#attempt(name, () => this.#start(name));
      }
      this.#announce('measuring');
      for (let turn = 0; turn < this.plan.timing.turns; turn++) {
        for (const [name, client] of [...this.#clients]) {
          await this.#attempt(name, () => this.#takeTurn(name, client));
        }
      }
      for (const [measure, samples] of this.#samples) {
        this.measurements.add(this.plan.round, measure, this.plan.scenario, figuresOf(samples));
      }
    } finally {
      await Promise.all([...this.#groups.values()].map((group) => group[Symbol.asyncDispose]()));
    }
  }

  async #start(name: string): Promise<void> {
    const { scenario, timing, apart } = this.plan;
    const { measures, serve } = partyOf(scenario, name);
    const group = await ProcessGroup.open(this.signal);
    this.#groups.set(name, group);
    const program = new URL('./party-program.js', import.meta.url);
    const start = (role: keyof Apart, prefix: readonly string[] = []) =>
      group.start(program, { role, execArgv: nodeFlags, prefix });
    const argument = { scenario, party: name, directory: group.directory };
    // A party of one process may have two threads.
    const alone = apart && onCpus(apart.server, apart.client);
    start('client', serve === undefined ? alone : apart && onCpus(apart.client));
    if (serve !== undefined) {
      start('server', apart && onCpus(apart.server));
      await (await group.reach<PartyCommands>('server')).ask('serve', argument);
    }
    const client = await group.reach<PartyCommands>('client');
    await client.ask('connect', argument);
    for (const measure of Object.keys(measures)) {
      await client.ask('measure', { measure, settleMs: 0, durationMs: timing.warmUpMs });
    }
    this.#clients.set(name, client);
  }

  async #takeTurn(name: string, client: ControlledProcess<PartyCommands>): Promise<void> {
    const { scenario, timing } = this.plan;
    const { settleMs, windowMs } = timing;
    for (const measure of Object.keys(partyOf(scenario, name).measures)) {
      const sample = await client.ask('measure', { measure, settleMs, durationMs: windowMs });
      this.#samples.set(measure, [...(this.#samples.get(measure) ?? []), sample]);
    }
  }

  /** A failure puts the party out of the round, and only it. */
  async #attempt(name: string, work: () => Promise<void>): Promise<void> {
    this.signal.throwIfAborted();
    try {
      await within(stepSeconds, work());
    } catch (error) {
      this.signal.throwIfAborted();
      const { round, scenario } = this.plan;
      const reason = error instanceof Error ? error.message : String(error);
      for (const measure of Object.keys(partyOf(scenario, name).measures)) {
        this.#samples.delete(measure);
        this.measurements.gaps.push({ measure, scenario, round, reason });
      }
      this.#clients.delete(name);
      await this.#groups.get(name)?.[Symbol.asyncDispose]();
    }
  }

  #announce(what: string): void {
    this.progress.next(`round ${this.plan.round + 1}: ${this.plan.scenario} ${what}`);
  }
}

/** A turn with a full collection or an interruption in it is not what the others are: the median decides. */
function figuresOf(samples: readonly Sample[]): Figures {
  const p50s = samples.flatMap(({ p50Us }) => p50Us ?? []);
  return {
    operations: samples.reduce((sum, { operations }) => sum + operations, 0),
    perSecond: median(samples.map(({ operations, elapsedMs }) => operations / (elapsedMs / 1_000))),
    ...(p50s.length > 0 && { p50Us: median(p50s) }),
  };
}
