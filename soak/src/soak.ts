/** The run: load from beginning to end, and once in a while something that must not matter. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type StatusCode, statusFromNumber } from '@doorcall/core';
import { Press, type Pressure } from './pressure.js';
import { Chance } from './random.js';
import { type Drift, describeEnvironment, type Happening, type SoakResult, type Step } from './result.js';
import { holdings, type Sample, sampleOf } from './sampling.js';
import { median, percentile, slopeOf } from './statistics.js';
import type { Child } from './world/child.js';
import { within } from './world/within.js';
import { ANCHOR, type ClientProcess, World } from './world/world.js';

export interface SoakOptions {
  readonly seconds: number;
  readonly seed: number;
  /** Whether there is something to press with. */
  readonly press: boolean;
  /** Ends the run early; what has been seen is kept. */
  readonly signal: AbortSignal;
  /** Told after each step. @param left in s */
  readonly progress?: (left: number, words: string) => void;
}

const MORTAL = 'mortal';
const CLIENTS = 3;
/** Between two happenings, in ms. */
const HAPPENING_MS = [500, 2_500] as const;
/** How long each kind of pressure lasts, in s; shorter in short runs. */
const PHASE_S = 30;
/** No disturbance takes longer, and no client longer to finish what it has begun. */
const PATIENCE_S = 120;
/** No client that runs takes longer to answer. */
const ANSWER_S = 20;
/** In shorter runs memory is still finding its size. */
const LEAST_FOR_SLOPE_S = 600;
/** Steps that a run is drawn in. */
const STEPS = 200;
const PHASES: readonly Pressure[] = ['none', 'cpu', 'none', 'memory', 'none', 'both'];

export async function runSoak(options: SoakOptions): Promise<SoakResult> {
  const run = new Run(options);
  try {
    await run.begin();
    await run.goOn();
    await run.end();
    return run.result();
  } finally {
    await run.dispose();
  }
}

class Run {
  readonly #world: World;
  readonly #chance: Chance;
  readonly #press = new Press();
  readonly #environment = describeEnvironment();
  readonly #steps: Step[] = [];
  readonly #happenings: Happening[] = [];
  readonly #baseline: { holdings?: ReturnType<typeof holdings> } = {};
  #anchor!: Child;
  #beganMs = 0;
  #lastStepMs = 0;
  #lastCounts = { succeeded: 0, failed: 0 };

  constructor(private readonly options: SoakOptions) {
    const { seed } = options;
    this.#world = new World({ seed, operations: 'all', rate: 150, concurrency: 6, anchor: ANCHOR });
    this.#chance = new Chance(seed);
  }

  async begin(): Promise<void> {
    this.#anchor = await this.#world.serve(ANCHOR);
    await this.#anchor.ask('collect');
    this.#baseline.holdings = holdings(this.#anchor.pid);
    await this.#world.serve(MORTAL);
    await Promise.all(
      Array.from({ length: CLIENTS }, (_, i) =>
        this.#world.startClient(`client ${i + 1}`, { withThread: i === 0 }),
      ),
    );
    this.#beganMs = performance.now();
    this.#lastStepMs = this.#beganMs;
  }

  async goOn(): Promise<void> {
    const happening = this.#letThingsHappen();
    const stepMs = Math.max(1_000, (this.options.seconds * 1_000) / STEPS);
    let phase = -1;
    const phaseS = Math.min(PHASE_S, this.options.seconds / PHASES.length);
    while (this.#goesOn) {
      const now = Math.floor(this.#seconds / phaseS);
      if (this.options.press && now !== phase) {
        phase = now;
        await this.#press.change(PHASES[now % PHASES.length] ?? 'none');
      }
      await this.#pause(Math.min(stepMs, this.#leftMs));
      await this.#step();
    }
    await this.#press.stop();
    await happening;
  }

  /** Lets everything end in good order, and looks at what is left. */
  async end(): Promise<void> {
    const { auditor } = this.#world;
    const stopped = [...this.#world.clients].map((client) =>
      within(PATIENCE_S, `stopping ${client.place}`, this.#world.stopClient(client)).catch((error) =>
        auditor.violated(undefined, String(error)),
      ),
    );
    await Promise.all(stopped);
    await this.#settleOneways();
    await this.#anchor.ask('collect');
    const before = JSON.stringify(this.#baseline.holdings);
    const patience = performance.now() + 10_000;
    let after = '';
    do {
      after = JSON.stringify(holdings(this.#anchor.pid));
      if (after === before) break;
      await sleep(100);
    } while (performance.now() < patience);
    if (after !== before)
      auditor.violated(undefined, `the server holds ${after}, and had ${before} at first`);
    const { inFlight } = await this.#anchor.ask<{ inFlight: number }>('stats');
    if (inFlight !== 0) auditor.violated(undefined, `${inFlight} calls are in flight, of nobody`);
  }

  /** The server that lives on executes what clients have left in its rings. */
  async #settleOneways(): Promise<void> {
    const { auditor } = this.#world;
    const patience = performance.now() + 10_000;
    for (;;) {
      this.#world.audit();
      const { done } = auditor.owed().next();
      if (done || performance.now() > patience) break;
      await sleep(100);
    }
    for (const call of auditor.owed()) auditor.violated(call, 'was sent one-way, and never executed');
  }

  result(): SoakResult {
    const { seed, seconds, press, signal } = this.options;
    const { totals, failures, violations, violationCount } = this.#world.auditor;
    const rss = this.#steps
      .filter(({ at }) => at > this.#seconds / 2)
      .flatMap(({ at, samples }) => {
        const sample = samples[`server ${ANCHOR}`];
        return sample === undefined ? [] : [[at / 3_600, sample.rssMiB] as const];
      });
    const slope = this.#seconds < LEAST_FOR_SLOPE_S ? undefined : slopeOf(rss);
    return {
      command: `npm run soak -- --minutes ${Math.round((seconds / 60) * 100) / 100} --seed ${seed}`,
      seed,
      seconds: Math.round(this.#steps.at(-1)?.at ?? 0),
      interrupted: signal.aborted,
      pressed: press,
      environment: this.#environment,
      totals,
      failures: Object.fromEntries([...failures].map(([code, count]) => [nameOf(code), count])),
      happenings: this.#happenings,
      steps: this.#steps,
      drift: driftOf(this.#steps),
      rssSlope: slope === undefined ? null : Math.round(slope * 10) / 10,
      violationCount,
      violations,
    };
  }

  async dispose(): Promise<void> {
    await this.#press.stop();
    await this.#world.dispose();
  }

  get #seconds(): number {
    return (performance.now() - this.#beganMs) / 1_000;
  }

  get #leftMs(): number {
    return Math.max(0, (this.options.seconds - this.#seconds) * 1_000);
  }

  get #goesOn(): boolean {
    return this.#leftMs > 0 && !this.options.signal.aborted;
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.options.signal }).catch(() => {});
  }

  async #step(): Promise<void> {
    const { clients, auditor } = this.#world;
    const taken = await Promise.all([...clients].map(({ child }) => this.#timesOf(child)));
    this.#world.audit();
    const all: Record<string, number[]> = {};
    for (const times of taken) {
      for (const [kind, some] of Object.entries(times)) {
        all[kind] ??= [];
        for (const time of some) all[kind].push(time);
      }
    }
    const now = performance.now();
    const elapsed = (now - this.#lastStepMs) / 1_000;
    this.#lastStepMs = now;
    const succeeded = auditor.totals.succeeded + auditor.totals.sent;
    const failed = auditor.totals.failed + auditor.totals.notExecuted;
    const samples: Record<string, Sample> = {};
    const places = [...clients].map(({ place, child }) => [place, child] as const);
    for (const child of this.#world.servers.values()) places.push([child.name, child]);
    for (const [place, child] of places) {
      const sample = child.gone ? undefined : sampleOf(child.pid);
      if (sample !== undefined) samples[place] = sample;
    }
    this.#steps.push({
      at: Math.round(this.#seconds * 10) / 10,
      pressure: this.#press.kind,
      succeeded: Math.round((succeeded - this.#lastCounts.succeeded) / elapsed),
      failed: Math.round(((failed - this.#lastCounts.failed) / elapsed) * 10) / 10,
      times: Object.fromEntries(
        Object.entries(all).map(([kind, times]) => [
          kind,
          { p50: percentile(times, 0.5) ?? 0, p99: percentile(times, 0.99) ?? 0, count: times.length },
        ]),
      ),
      samples,
    });
    this.#lastCounts = { succeeded, failed };
    const violated = auditor.violationCount === 0 ? '' : `, ${auditor.violationCount} VIOLATIONS`;
    this.options.progress?.(
      this.#leftMs / 1_000,
      `${succeeded} calls succeeded, ${failed} failed, ${this.#happenings.length} disturbances${violated}`,
    );
  }

  /** Of a client that is killed, stopped or blocked right now they are lost, or come later. */
  async #timesOf(child: Child): Promise<Record<string, number[]>> {
    const times = child.ask<Record<string, number[]>>('takeTimes');
    return within(ANSWER_S, 'the question', times).catch(() => ({}));
  }

  async #letThingsHappen(): Promise<void> {
    while (this.#goesOn) {
      await this.#pause(this.#chance.integer(...HAPPENING_MS));
      if (!this.#goesOn) return;
      // Each once, so that short runs have them all; then by chance.
      const what = HAPPENINGS[this.#happenings.length]?.[0] ?? this.#chance.oneOf(HAPPENINGS);
      this.#happenings.push({ at: Math.round(this.#seconds * 10) / 10, what });
      await within(PATIENCE_S, what, this.#happen(what)).catch((error) => {
        this.#world.auditor.violated(undefined, `${what}: ${error}`);
      });
    }
  }

  async #happen(what: What): Promise<void> {
    const mortal = this.#world.servers.get(MORTAL) as Child;
    const client = this.#chance.oneOf([...this.#world.clients].map((one) => [one, 1] as const));
    switch (what) {
      case 'server killed':
        await mortal.kill();
        await this.#world.serve(MORTAL);
        break;
      case 'server replaced':
        await this.#world.serve(MORTAL, true);
        await mortal.exited;
        break;
      case 'client killed':
        await this.#world.killClient(client);
        await this.#world.startClient(client.place, { withThread: client.threadNumber !== undefined });
        break;
      case 'thread terminated':
        await this.#world.churn(this.#clientWithThread(client));
        break;
      case 'server stopped':
        await this.#stopForAWhile(mortal);
        break;
      case 'client stopped':
        await this.#stopForAWhile(client.child);
        break;
    }
  }

  #clientWithThread(otherwise: ClientProcess): ClientProcess {
    return [...this.#world.clients].find(({ threadNumber }) => threadNumber !== undefined) ?? otherwise;
  }

  async #stopForAWhile(child: Child): Promise<void> {
    child.signal('SIGSTOP');
    await this.#pause(this.#chance.integer(50, 800));
    child.signal('SIGCONT');
  }
}

const HAPPENINGS = [
  ['server killed', 3],
  ['server replaced', 3],
  ['client killed', 3],
  ['thread terminated', 3],
  ['server stopped', 1],
  ['client stopped', 1],
] as const;
type What = (typeof HAPPENINGS)[number][0];

function nameOf(code: number): StatusCode {
  return statusFromNumber(code);
}

function driftOf(steps: readonly Step[]): Drift[] {
  const calm = steps.filter(({ pressure }) => pressure === 'none');
  const third = Math.floor(calm.length / 3);
  if (third < 3) return [];
  const kinds = [...new Set(calm.flatMap(({ times }) => Object.keys(times)))].sort();
  return kinds.map((kind) => {
    const over = (some: readonly Step[]) =>
      median(some.flatMap(({ times }) => (times[kind] === undefined ? [] : [times[kind].p99]))) ?? 0;
    return { kind, first: over(calm.slice(0, third)), last: over(calm.slice(-third)) };
  });
}
