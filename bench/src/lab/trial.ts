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
}

/** A step that takes longer hangs. */
const openSeconds = 60;
const stepSeconds = 60;

/** Points of one layout share their processes; a new one begins whenever the layout changes. */
export function stagesOf(suite: Suite, points: readonly Point[], placement: Placement): StagePlan[] {
  const groups: { key: string; points: Point[] }[] = [];
  for (const point of points) {
    const key = `${point.placement ?? placement}`;
    const last = groups.at(-1);
    if (last?.key === key) last.points.push(point);
    else groups.push({ key, points: [point] });
  }
  return groups.map((group) => {
    const layout = suite.layout(group.points);
    const own = group.points[0]?.placement ?? placement;
    return { points: group.points, layout: { ...layout, placement: own } };
  });
}

interface StagePlan {
  readonly points: readonly Point[];
  readonly layout: Layout;
}

/** @throws when processes do not start, or one of them ends: the rest of the trial cannot be measured then */
export async function runTrial(
  name: string,
  transport: Transport | Floor,
  plan: TrialPlan,
  events: TrialEvents,
  signal: AbortSignal,
): Promise<void> {
  for (const stage of stagesOf(plan.suite, plan.points, plan.placement)) {
    if (transport.kind === 'floor') await runFloor(transport, plan, stage, events, signal);
    else await runPair(name, transport, plan, stage, events, signal);
  }
}

async function runPair(
  name: string,
  { cannot }: Transport,
  { suite, windowMs }: TrialPlan,
  { points, layout }: StagePlan,
  events: TrialEvents,
  signal: AbortSignal,
): Promise<void> {
  const can: Can = (trait: Trait) => cannot?.[trait] === undefined;
  events.begin(points[0]!);
  await using stage = await within(
    openSeconds,
    Stage.open(name, layout, findSeats(layout.placement), signal),
  );
  try {
    const before = await within(openSeconds, suite.beforeWarmUp?.(stage, can) ?? Promise.resolve({}));
    await within(openSeconds, stage.warmUpFresh(can('concurrent')));
    for (const [i, point] of points.entries()) {
      if (i > 0) events.begin(point);
      await using _busy = await BusyProcesses.start(point.busy ?? 0);
      const { figures, latencies } = await within(stepSeconds, suite.measure(stage, point, windowMs, can));
      const measured = { figures: { ...before, ...figures }, ...(latencies && { latencies }) };
      events.measured(point, measured);
      if (suite.isLast?.(point, measured)) break;
    }
  } catch (error) {
    throw signal.aborted ? error : await stage.causeOf(error);
  }
  events.stable(stage.stable);
}

async function runFloor(
  floor: Floor,
  { suite, windowMs }: TrialPlan,
  { points, layout }: StagePlan,
  events: TrialEvents,
  signal: AbortSignal,
): Promise<void> {
  const { server, client } = findSeats(layout.placement);
  for (const point of points) {
    const load = suite.floor?.(point);
    if (load === undefined) continue;
    events.begin(point);
    await using _busy = await BusyProcesses.start(point.busy ?? 0);
    const result = await floor.run(
      {
        ...load,
        durationMs: windowMs,
        warmUpMs: 50,
        ...(server !== undefined && client !== undefined && { cpus: { server, client } }),
      },
      signal,
    );
    events.measured(point, ofFloor(result));
  }
}

/** Lets what a trial leaves behind (exiting processes, freed pages) come to its end. */
export function settle(): Promise<void> {
  return sleep(50);
}
