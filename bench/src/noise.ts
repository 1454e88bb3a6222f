/** Whether a run can be trusted: what else the machine did meanwhile, and how evenly it computes. */
import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Environment } from './environment.js';
import { percentile, toThousandths } from './stats.js';

/** Whether the run can be trusted, and why not. */
export interface Noise {
  readonly trusted: boolean;
  readonly reasons: readonly string[];
  /** Relative spread of a fixed computation between trials, in percent. */
  readonly spinSpreadPercent: number;
  /** One-minute load average at the end. */
  readonly loadAfter: number;
  /** Of the processors' time, by the hypervisor; null where the kernel does not say. */
  readonly stolenPercent: number | null;
  /** Of the processors' time between trials, by others; absent in files of earlier versions. */
  readonly othersPercent?: number;
}

/** Above these, figures are more of the machine than of what was measured. */
const limits = {
  /** Of one CPU, for each CPU there is. */
  loadBeforePerCore: 0.3,
  spinSpreadPercent: 15,
  stolenPercent: 2,
  /** Of all CPUs, by others, while nothing of ours runs. */
  othersPercent: 5,
} as const;

/** How long the machine is watched between two trials. */
const watchMs = 40;
/** Turns of the fixed computation: some 5 ms. */
const spinTurns = 4_000_000;

interface Ticks {
  all: number;
  idle: number;
  stolen: number;
}

export class NoiseWatch {
  readonly #spinsMs: number[] = [];
  readonly #start = readTicks();
  #watched: Ticks = { all: 0, idle: 0, stolen: 0 };
  #unstable = 0;
  #trials = 0;

  constructor() {
    // The first time it is interpreted for a while.
    spin();
  }

  /** To be called when no process of the bench computes. */
  async betweenTrials(): Promise<void> {
    const start = performance.now();
    spin();
    this.#spinsMs.push(performance.now() - start);
    const before = readTicks();
    await sleep(watchMs);
    this.#watched = plus(this.#watched, minus(readTicks(), before));
  }

  /** @param stable whether its warm-up came to a rate that stayed */
  afterTrial(stable: boolean): void {
    this.#trials += 1;
    if (!stable) this.#unstable += 1;
  }

  finish({ loadBefore, cores }: Pick<Environment, 'loadBefore' | 'cores'>): Noise {
    const run = minus(readTicks(), this.#start);
    const stolen = percentOf(run.stolen, run.all);
    const others = percentOf(this.#watched.all - this.#watched.idle, this.#watched.all);
    return judge({
      loadBeforePerCore: (loadBefore[0] ?? 0) / cores,
      spinSpreadPercent: spreadPercent(this.#spinsMs),
      stolenPercent: stolen,
      othersPercent: others,
      unstablePercent: percentOf(this.#unstable, this.#trials),
      loadAfter: loadavg()[0] ?? 0,
    });
  }
}

/** For a person at a terminal, before any figure. */
export function verdictLine({ trusted, reasons }: Noise): string {
  return trusted ? 'The machine was quiet.' : `DO NOT TRUST THESE FIGURES: ${reasons.join('; ')}.`;
}

export interface Observed {
  loadBeforePerCore: number;
  spinSpreadPercent: number;
  stolenPercent: number;
  othersPercent: number;
  unstablePercent: number;
  loadAfter: number;
}

export function judge(observed: Observed): Noise {
  const reasons: string[] = [];
  const { loadBeforePerCore, spinSpreadPercent, stolenPercent, othersPercent, unstablePercent } = observed;
  const percent = (value: number) => `${value.toFixed(value < 10 ? 1 : 0)} %`;
  if (loadBeforePerCore > limits.loadBeforePerCore) {
    reasons.push(`something else was running before: a load of ${loadBeforePerCore.toFixed(2)} per CPU`);
  }
  if (othersPercent > limits.othersPercent) {
    reasons.push(`other processes used ${percent(othersPercent)} of the CPUs between the trials`);
  }
  if (spinSpreadPercent > limits.spinSpreadPercent) {
    reasons.push(
      `the same computation took times ${percent(spinSpreadPercent)} apart (10th to 90th percentile)`,
    );
  }
  if (stolenPercent > limits.stolenPercent) {
    reasons.push(`the hypervisor gave ${percent(stolenPercent)} of the CPUs' time to others`);
  }
  if (unstablePercent > 50) {
    reasons.push(`${percent(unstablePercent)} of the warm-ups came to no stable rate`);
  }
  return {
    trusted: reasons.length === 0,
    reasons,
    spinSpreadPercent: toThousandths(spinSpreadPercent),
    stolenPercent: toThousandths(stolenPercent),
    othersPercent: toThousandths(othersPercent),
    loadAfter: toThousandths(observed.loadAfter),
  };
}

/** From the 10th to the 90th percentile, of the median. */
export function spreadPercent(values: readonly number[]): number {
  if (values.length < 2) return 0;
  return ((percentile(values, 90) - percentile(values, 10)) / percentile(values, 50)) * 100;
}

/** A fixed computation that no compiler can leave out. */
function spin(): number {
  let state = 1;
  for (let i = 0; i < spinTurns; i++) state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
  return state;
}

/** Of all CPUs since the machine started, in ticks of the kernel. */
function readTicks(): Ticks {
  const [line] = readFileSync('/proc/stat', 'utf8').split('\n', 1);
  // user nice system idle iowait irq softirq steal (the rest is counted in user already)
  const fields = line!.trim().split(/\s+/).slice(1, 9).map(Number);
  const all = fields.reduce((sum, field) => sum + field, 0);
  return { all, idle: fields[3]! + fields[4]!, stolen: fields[7] ?? 0 };
}

function minus(a: Ticks, b: Ticks): Ticks {
  return { all: a.all - b.all, idle: a.idle - b.idle, stolen: a.stolen - b.stolen };
}

function plus(a: Ticks, b: Ticks): Ticks {
  return { all: a.all + b.all, idle: a.idle + b.idle, stolen: a.stolen + b.stolen };
}

function percentOf(part: number, whole: number): number {
  return whole === 0 ? 0 : (part / whole) * 100;
}
