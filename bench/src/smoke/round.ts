/**
 * One round: a fresh pair of processes for every transport, all warmed up, then scenario after scenario with
 * the transports in turn, so that what is compared lies close together in time. Pairs that wait for their
 * turn are idle.
 */
import { shrunk } from '../measure/connection-memory.js';
import type { NoiseWatch } from '../noise.js';
import { BusyProcesses } from '../processes/busy-processes.js';
import { within } from '../processes/within.js';
import type { Progress } from '../progress.js';
import type { Figures } from './figures.js';
import type { Measurements } from './measurements.js';
import { Pair } from './pair.js';
import { type Scenario, type ScenarioName, scenarios, stepSeconds } from './scenarios.js';

export interface RoundPlan {
  round: number;
  transports: readonly string[];
  scenarios: readonly ScenarioName[];
  canRun(transport: string, scenario: ScenarioName): boolean;
}

export class Round {
  readonly #plan: RoundPlan;
  readonly #measurements: Measurements;
  readonly #noise: NoiseWatch;
  readonly #progress: Progress;
  readonly #signal: AbortSignal;
  readonly #pairs = new Map<string, Pair>();
  /** KiB of one idle connection, by transport. */
  readonly #idleWeights = new Map<string, number>();
  /** Why a transport is out for the rest of the round. */
  readonly #failures = new Map<string, string>();

  constructor(
    plan: RoundPlan,
    measurements: Measurements,
    noise: NoiseWatch,
    progress: Progress,
    signal: AbortSignal,
  ) {
    this.#plan = plan;
    this.#measurements = measurements;
    this.#noise = noise;
    this.#progress = progress;
    this.#signal = signal;
  }

  /** How often a round tells its progress. */
  static steps(plan: RoundPlan): number {
    const trials = plan.scenarios.flatMap((scenario) => {
      return plan.transports.filter((transport) => plan.canRun(transport, scenario));
    });
    return plan.transports.length + trials.length;
  }

  async run(): Promise<void> {
    await this.#noise.betweenTrials();
    try {
      for (const transport of this.#plan.transports) await this.#open(transport);
      for (const scenario of this.#plan.scenarios) {
        // All pairs are idle now.
        await this.#noise.betweenTrials();
        await this.#runScenario(scenario);
      }
    } finally {
      await Promise.all([...this.#pairs.values()].map((pair) => pair[Symbol.asyncDispose]()));
    }
  }

  async #open(transport: string): Promise<void> {
    this.#announce('warm-up', transport);
    await this.#attempt(transport, async () => {
      const pair = await Pair.open(transport, this.#signal);
      this.#pairs.set(transport, pair);
      for (const scenario of this.#plan.scenarios) {
        const { idleConnections } = scenarios[scenario];
        if (idleConnections === 0 || !this.#plan.canRun(transport, scenario)) continue;
        const KiB = await pair.weighIdle();
        if (KiB !== undefined) this.#idleWeights.set(transport, KiB);
        else this.#addGap(transport, scenario, `no memory of a connection: ${shrunk}`);
      }
      await pair.warmUp();
    });
  }

  async #runScenario(name: ScenarioName): Promise<void> {
    const scenario: Scenario = scenarios[name];
    await using _busy = await BusyProcesses.start(scenario.busyProcesses);
    if (scenario.idleConnections > 0) await this.#runBesideIdle(name, scenario);
    else await this.#runLoad(name, scenario);
    this.#noteFailures(name);
  }

  async #runLoad(name: ScenarioName, { load, probesLoop }: Scenario): Promise<void> {
    await this.#forEachPair(name, async (pair) => {
      const figures = await pair.measure(load);
      if (probesLoop) figures.lateness = await pair.probeLoops(load);
      this.#add(pair, name, figures);
    });
  }

  /**
   * The active connection is measured before, beside and after the idle ones: getting faster by running
   * longer is not their merit. The idle ones of all transports are watched at once: they do nothing.
   */
  async #runBesideIdle(name: ScenarioName, { load, idleConnections }: Scenario): Promise<void> {
    const before = new Map<Pair, Figures>();
    const cpuPercent = new Map<Pair, number>();
    await this.#forEachPair(name, async (pair) => {
      before.set(pair, await pair.measure(load));
      await pair.openIdle(idleConnections);
    });
    await Promise.all(
      this.#takingPart(name).map((pair) =>
        this.#attempt(pair.transport, async () => {
          cpuPercent.set(pair, await pair.watchIdleCpu());
        }),
      ),
    );
    for (const pair of this.#takingPart(name)) {
      await this.#attempt(pair.transport, async () => {
        const beside = await pair.measure(load);
        await pair.closeIdle();
        const after = await pair.measure(load);
        const memoryKiBPerConnection = this.#idleWeights.get(pair.transport);
        beside.idle = {
          ...(memoryKiBPerConnection !== undefined && { memoryKiBPerConnection }),
          cpuPercent: cpuPercent.get(pair)!,
          activeRatio: beside.p50Us / ((before.get(pair)!.p50Us + after.p50Us) / 2),
        };
        this.#add(pair, name, beside);
      });
    }
  }

  async #forEachPair(scenario: ScenarioName, work: (pair: Pair) => Promise<void>): Promise<void> {
    for (const pair of this.#takingPart(scenario)) {
      this.#announce(scenario, pair.transport);
      await this.#attempt(pair.transport, () => work(pair));
    }
  }

  #takingPart(scenario: ScenarioName): Pair[] {
    return [...this.#pairs.values()].filter(({ transport }) => {
      return this.#plan.canRun(transport, scenario) && !this.#failures.has(transport);
    });
  }

  /** A failure puts the transport out of the round, and only it. */
  async #attempt(transport: string, work: () => Promise<void>): Promise<void> {
    this.#signal.throwIfAborted();
    try {
      await within(stepSeconds, work());
    } catch (error) {
      this.#signal.throwIfAborted();
      this.#failures.set(transport, error instanceof Error ? error.message : String(error));
      await this.#pairs.get(transport)?.[Symbol.asyncDispose]();
    }
  }

  #noteFailures(scenario: ScenarioName): void {
    const { round, transports, canRun } = this.#plan;
    for (const transport of transports) {
      const reason = this.#failures.get(transport);
      const measured = this.#measurements.at(round, transport, scenario);
      if (reason === undefined || measured !== undefined || !canRun(transport, scenario)) continue;
      this.#addGap(transport, scenario, reason);
    }
  }

  #add({ transport }: Pair, scenario: ScenarioName, figures: Figures): void {
    this.#measurements.add(this.#plan.round, transport, scenario, figures);
  }

  #addGap(transport: string, scenario: ScenarioName, reason: string): void {
    this.#measurements.gaps.push({ transport, scenario, round: this.#plan.round, reason });
  }

  #announce(what: string, transport: string): void {
    this.#progress.next(`round ${this.#plan.round + 1}: ${what} ${transport}`);
  }
}
