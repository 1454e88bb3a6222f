/** One transport in one suite and round: fresh processes, all points, one after the other. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Placement } from '../placement.js';
import { findSeats } from '../placement.js';
import { BusyProcesses } from '../processes/busy-processes.js';
import { within } from '../processes/within.js';
import type { Floor, Trait, Transport } from '../transport.js';
import { ofFloor } from './measure-closed.js';
import type { Point } from './results.js';
import { type Layout, Stage } from './stage.js';
import type { Can, Measured, Suite } from './suite.js';

/** What is told while a trial goes on. */
export interface TrialEvents {
  begin(point: Point): void;
  measured(point: Point, measured: Measured): void;
  /** These cannot be measured any more; the trial goes on with others. */
  failed(points: readonly Point[], error: unknown): void;
  /** The trial's warm-ups are over. */
  stable(stable: boolean): void;
}

export interface TrialPlan {
  readonly suite: Suite;
  readonly points: readonly Point[];
  readonly transport: string;
  readonly windowMs: number;
  /** Unless the point says otherwise. */
  readonly placement: Placement;
  /** What earlier rounds have measured there. Default: nothing. */
  readonly earlier?: (point: Point) => readonly Pick<Measured, 'figures' | 'generator'>[];
  /** A step that takes longer hangs, and is ended. Default: 60 and twice the window. */
  readonly stepSeconds?: number;
}

const openSeconds = 60;
const stepSecondsFor = (windowMs: number) => 60 + (2 * windowMs) / 1_000;

interface StagePlan {
  readonly points: readonly Point[];
  readonly layout: Layout;
}

/** Points of one layout share their processes; new ones begin whenever it changes, or the suite wants it. */
export function stagesOf(suite: Suite, points: readonly Point[], placement: Placement): StagePlan[] {
  const groups: { key: string; layout: Layout; points: Point[] }[] = [];
  for (const point of points) {
    const layout = { ...suite.layout(point), placement: point.placement ?? placement };
    const key = JSON.stringify([layout, suite.separately?.(point) ?? null]);
    const last = groups.at(-1);
    if (last?.key === key) last.points.push(point);
    else groups.push({ key, layout, points: [point] });
  }
  return groups;
}

/** @throws only when `signal` fires: what fails is told, and costs its own points */
export async function runTrial(
  name: string,
  transport: Transport | Floor,
  plan: TrialPlan,
  events: TrialEvents,
  signal: AbortSignal,
): Promise<void> {
  for (const stage of stagesOf(plan.suite, plan.points, plan.placement)) {
    signal.throwIfAborted();
    if (transport.kind === 'floor') await runFloor(transport, plan, stage, events, signal);
    else await runPair(name, transport, plan, stage, events, signal);
  }
}

/** When one point fails, those after it do as well: their processes are the same. */
async function runPair(
  name: string,
  { cannot }: Transport,
  { suite, windowMs, earlier = () => [], stepSeconds = stepSecondsFor(windowMs) }: TrialPlan,
  { points, layout }: StagePlan,
  events: TrialEvents,
  signal: AbortSignal,
): Promise<void> {
  const can: Can = (trait: Trait) => cannot?.[trait] === undefined;
  let done = 0;
  events.begin(points[0]!);
  try {
    await using stage = await within(
      openSeconds,
      Stage.open(name, layout, findSeats(layout.placement), signal),
    );
    try {
      await within(openSeconds, stage.warmUpFresh(can('concurrent')));
      for (const [i, point] of points.entries()) {
        if (i > 0) events.begin(point);
        await using busy = await BusyProcesses.start(point.busy ?? 0);
        const work = suite.measure(stage, point, atLeast(suite.minWindowMs, windowMs), can);
        const measured = await within(stepSeconds, busy.during(work));
        events.measured(point, measured);
        done += 1;
        if (endsWith(suite, points, i, measured, earlier)) break;
      }
    } catch (error) {
      throw signal.aborted ? error : await stage.causeOf(error);
    }
    events.stable(stage.stable);
  } catch (error) {
    if (signal.aborted) throw error;
    events.failed(points.slice(done), error);
  }
}

/**
 * Whether the points after the `i`-th one need not be tried. What an earlier round has, this one has as well, so that
 * medians are over the same rounds.
 */
export function endsWith(
  suite: Pick<Suite, 'isLast'>,
  points: readonly Point[],
  i: number,
  measured: Pick<Measured, 'figures' | 'generator'>,
  earlier: NonNullable<TrialPlan['earlier']>,
): boolean {
  const [point, ...later] = points.slice(i);
  if (later.some((one) => earlier(one).length > 0)) return false;
  return suite.isLast?.(point!, [...earlier(point!), measured]) ?? false;
}

async function runFloor(
  floor: Floor,
  { suite, windowMs, stepSeconds = stepSecondsFor(windowMs) }: TrialPlan,
  { points, layout }: StagePlan,
  events: TrialEvents,
  signal: AbortSignal,
): Promise<void> {
  for (const point of points) {
    const load = suite.floor?.(point);
    if (load === undefined) continue;
    events.begin(point);
    const over = new AbortController();
    try {
      const { server, client } = findSeats(layout.placement);
      await using busy = await BusyProcesses.start(point.busy ?? 0);
      const work = floor.run(
        {
          ...load,
          durationMs: atLeast(suite.minWindowMs, windowMs),
          warmUpMs: 50,
          ...(server !== undefined && client !== undefined && { cpus: { server, client } }),
        },
        AbortSignal.any([signal, over.signal]),
      );
      events.measured(point, ofFloor(await within(stepSeconds, busy.during(work))));
    } catch (error) {
      if (signal.aborted) throw error;
      events.failed([point], error);
    } finally {
      // Nobody waits any more for a program that hangs.
      over.abort();
    }
  }
}

const atLeast = (least: number | undefined, windowMs: number) => Math.max(least ?? 0, windowMs);

/** Lets what a trial leaves behind (exiting processes, freed pages) come to its end. */
export function settle(): Promise<void> {
  return sleep(50);
}
