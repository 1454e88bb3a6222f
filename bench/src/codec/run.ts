/** The codec run: rounds with a fresh process for every contestant. */

import type { ControlledProcess } from '../processes/controlled-process.js';
import { ProcessGroup } from '../processes/process-group.js';
import { within } from '../processes/within.js';
import type { Progress } from '../progress.js';
import { median } from '../stats.js';
import type { TrialCommands, Turn } from './commands.js';
import { Measurements } from './measurements.js';
import { type PayloadName, payloadNames } from './payloads/index.js';
import type { CodecPlan } from './results.js';
import { stepSeconds, turns } from './timing.js';

/** Like in the other suites: no garbage is collected on the time of whoever is idle. */
const nodeFlags = ['--no-memory-reducer'];

/** When `signal` fires, what was measured so far is returned. */
export async function runCodec(
  plan: CodecPlan,
  progress: Progress,
  signal: AbortSignal,
): Promise<Measurements> {
  const measurements = new Measurements();
  progress.begin(plan.rounds * (plan.contestants.length + plan.payloads.length));
  try {
    for (let round = 0; round < plan.rounds; round++) {
      await new Round(round, plan, measurements, progress, signal).run();
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  progress.end();
  return measurements;
}

interface Trial {
  readonly group: ProcessGroup;
  readonly process: ControlledProcess<TrialCommands>;
  /** Of the payloads that passed the check. */
  readonly sizes: Map<PayloadName, number[]>;
}

/**
 * All contestants are prepared and warm before the first is measured. Then they take short turns, payload by payload,
 * so that what is compared lies close together in time. Processes that wait for their turn are idle.
 */
class Round {
  readonly #trials = new Map<string, Trial>();

  constructor(
    private readonly round: number,
    private readonly plan: CodecPlan,
    private readonly measurements: Measurements,
    private readonly progress: Progress,
    private readonly signal: AbortSignal,
  ) {}

  async run(): Promise<void> {
    try {
      for (const contestant of this.plan.contestants) await this.#open(contestant);
      for (const payload of this.plan.payloads) await this.#measure(payload);
    } finally {
      await Promise.all([...this.#trials.values()].map(({ group }) => group[Symbol.asyncDispose]()));
    }
  }

  async #open(contestant: string): Promise<void> {
    this.progress.next(`round ${this.round + 1}: warm-up ${contestant}`);
    const group = await ProcessGroup.open(this.signal);
    try {
      group.start(new URL('./trial-program.js', import.meta.url), { role: 'process', execArgv: nodeFlags });
      const process = await group.reach<TrialCommands>('process');
      await within(stepSeconds, process.ask('prepare', { contestant }));
      const trial: Trial = { group, process, sizes: new Map() };
      this.#trials.set(contestant, trial);
    } catch (error) {
      await group[Symbol.asyncDispose]();
      for (const payload of this.plan.payloads) this.#noteGap(contestant, payload, error);
      return;
    }
    // All payloads, whichever are asked for: what they share has seen all of them, as in a service.
    for (const payload of payloadNames) await this.#warmUp(contestant, payload);
  }

  async #warmUp(contestant: string, payload: PayloadName): Promise<void> {
    const { process, sizes } = this.#trials.get(contestant)!;
    try {
      sizes.set(payload, await within(stepSeconds, process.ask('check', { payload })));
      await within(stepSeconds, process.ask('warmUp', { payload }));
    } catch (error) {
      sizes.delete(payload);
      if (this.plan.payloads.includes(payload)) this.#noteGap(contestant, payload, error);
    }
  }

  async #measure(payload: PayloadName): Promise<void> {
    this.progress.next(`round ${this.round + 1}: ${payload}`);
    const taken = new Map<string, Turn[]>();
    for (let turn = 0; turn < turns; turn++) {
      for (const [contestant, { process, sizes }] of this.#trials) {
        if (!sizes.has(payload)) continue;
        try {
          const result = await within(stepSeconds, process.ask('measure', { payload }));
          taken.set(contestant, [...(taken.get(contestant) ?? []), result]);
        } catch (error) {
          sizes.delete(payload);
          taken.delete(contestant);
          this.#noteGap(contestant, payload, error);
        }
      }
    }
    for (const [contestant, results] of taken) {
      this.measurements.add(this.round, contestant, payload, {
        // A turn with a full collection or an interruption in it is not what the others are.
        encodeNs: median(results.map(({ encodeNs }) => encodeNs)),
        totalNs: median(results.map(({ totalNs }) => totalNs)),
        sizes: this.#trials.get(contestant)!.sizes.get(payload)!,
      });
    }
  }

  #noteGap(contestant: string, payload: PayloadName, error: unknown): void {
    this.signal.throwIfAborted();
    const reason = error instanceof Error ? error.message : String(error);
    this.measurements.gaps.push({ contestant, payload, round: this.round, reason });
  }
}
