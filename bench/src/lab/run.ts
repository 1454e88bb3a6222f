/** The rounds of a lab run: in each, every suite, and in that, every transport in turn. */
import { describeEnvironment } from '../environment.js';
import { NoiseWatch } from '../noise.js';
import type { Placement } from '../placement.js';
import type { Progress } from '../progress.js';
import type { Floor, Transport } from '../transport.js';
import { loadTransport } from '../transports.js';
import { expectedSeconds } from './expected-time.js';
import { pointsBeyondSaturation, pointsNotTried } from './points-not-tried.js';
import type { Gap, LabResults, MeasuredTransport, Point, SuiteName, Trial } from './results.js';
import { pointKey, resultsFormat, resultsVersion } from './results.js';
import type { Suite } from './suite.js';
import { suites } from './suites/index.js';
import { runTrial, settle } from './trial.js';

export interface LabPlan {
  /** As typed. */
  readonly command: string;
  readonly suites: readonly SuiteName[];
  readonly transports: readonly string[];
  readonly rounds: number;
  readonly windowMs: number;
  readonly placement: Placement;
  /** Whether a point of a suite was asked for. */
  readonly wants: (point: Point) => boolean;
}

/** A transport in a suite, with what of it can be measured. */
export interface Participant {
  readonly suite: Suite;
  readonly name: string;
  readonly transport: Transport | Floor;
  readonly points: readonly Point[];
}

/** Who takes part in a run, and what cannot. */
export interface Field {
  readonly transports: ReadonlyMap<string, Transport | Floor>;
  readonly participants: readonly Participant[];
  /** What is known before anything was tried. */
  readonly gaps: readonly Gap[];
  /** That all rounds are expected to take. */
  readonly seconds: number;
}

export async function findField(plan: LabPlan): Promise<Field> {
  const gaps: Gap[] = [];
  const transports = await loadAll(plan, gaps);
  const participants = plan.suites.flatMap((suite) =>
    findParticipants(suites[suite], plan, transports, gaps),
  );
  const seconds = participants.flatMap((participant) => expectedSeconds(participant, plan));
  return {
    transports,
    participants,
    gaps,
    seconds: plan.rounds * seconds.reduce((sum, one) => sum + one, 0),
  };
}

/** When `signal` fires, what was measured so far is returned. Nothing that fails ends the run: it becomes a gap. */
export async function runLab(
  plan: LabPlan,
  progress: Progress,
  signal: AbortSignal,
  field?: Field,
): Promise<LabResults> {
  const environment = describeEnvironment();
  const noise = new NoiseWatch();
  const trials: Trial[] = [];
  const { transports, participants, gaps: known, seconds } = field ?? (await findField(plan));
  const gaps: Gap[] = [...known];
  progress.begin(plan.rounds * participants.reduce((sum, { points }) => sum + points.length, 0), seconds);
  for (let round = 0; round < plan.rounds && !signal.aborted; round++) {
    for (const name of plan.suites) {
      const inTurn = participants.filter(({ suite }) => suite.name === name);
      for (const participant of rotate(inTurn, round)) {
        if (signal.aborted) break;
        await noise.betweenTrials();
        await runParticipant(participant, round, plan, { trials, gaps, noise, progress }, signal);
      }
    }
  }
  progress.end();
  gaps.push(...pointsNotTried(trials, gaps));
  for (const participant of participants) gaps.push(...pointsBeyondSaturation(participant, plan, trials));
  return {
    format: resultsFormat,
    version: resultsVersion,
    command: plan.command,
    environment,
    noise: noise.finish(environment),
    rounds: plan.rounds,
    interrupted: signal.aborted,
    transports: Object.fromEntries([...transports].map(([name, transport]) => [name, describe(transport)])),
    trials,
    gaps,
  };
}

interface Outcome {
  readonly trials: Trial[];
  readonly gaps: Gap[];
  readonly noise: NoiseWatch;
  readonly progress: Progress;
}

async function runParticipant(
  participant: Participant,
  round: number,
  plan: LabPlan,
  { trials, gaps, noise, progress }: Outcome,
  signal: AbortSignal,
): Promise<void> {
  const { suite, name, transport, points } = participant;
  const seconds = expectedSeconds(participant, plan);
  let begun = 0;
  const earlier = (point: Point) => {
    const key = pointKey(placed(point, plan));
    return trials.filter((trial) => {
      return trial.suite === suite.name && trial.transport === name && pointKey(trial.point) === key;
    });
  };
  const { windowMs, placement } = plan;
  const trialPlan = { suite, points, transport: name, windowMs, placement, earlier };
  try {
    await runTrial(
      name,
      transport,
      trialPlan,
      {
        begin(point) {
          const step = `round ${round + 1}/${plan.rounds} ${suite.name} ${name} ${pointWords(point)}`;
          progress.next(step, seconds[begun]);
          begun += 1;
        },
        measured(point, { missing = [], ...measured }) {
          const where = { suite: suite.name, point: placed(point, plan), transport: name, round };
          trials.push({ ...where, ...measured });
          gaps.push(...missing.map((one) => ({ ...where, ...one })));
        },
        failed(failed, error) {
          const reason = error instanceof Error ? error.message : String(error);
          for (const point of failed) {
            gaps.push({ suite: suite.name, point: placed(point, plan), transport: name, round, reason });
          }
        },
        stable: (stable) => noise.afterTrial(stable),
      },
      signal,
    );
  } catch (error) {
    // Interrupted: what was measured so far is kept.
    if (!signal.aborted) throw error;
  }
  const left = seconds.slice(begun).reduce((sum, one) => sum + one, 0);
  progress.skip(points.length - begun, left);
  await settle();
}

/** Says where everything ran, when that is the run's choice and not the suite's. */
export function placed(point: Point, { placement }: Pick<LabPlan, 'placement'>): Point {
  return placement === 'free' || point.placement !== undefined ? point : { ...point, placement };
}

async function loadAll(plan: LabPlan, gaps: Gap[]): Promise<Map<string, Transport | Floor>> {
  const loaded = new Map<string, Transport | Floor>();
  for (const name of plan.transports) {
    try {
      loaded.set(name, await loadTransport(name));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      for (const suite of plan.suites) gaps.push({ suite, transport: name, reason });
    }
  }
  return loaded;
}

/** Notes as a gap what cannot be measured at all. */
function findParticipants(
  suite: Suite,
  plan: LabPlan,
  transports: ReadonlyMap<string, Transport | Floor>,
  gaps: Gap[],
): Participant[] {
  const wanted = suite.points.filter(plan.wants);
  const found: Participant[] = [];
  for (const [name, transport] of transports) {
    const points = wanted.filter((point) => {
      const obstacle = findObstacle(suite, point, transport, plan.placement);
      if (obstacle === undefined) return true;
      if (obstacle !== notOfTheFloor)
        gaps.push({ suite: suite.name, point, transport: name, reason: obstacle });
      return false;
    });
    if (points.length > 0) found.push({ suite, name, transport, points });
  }
  return found;
}

/** That the floor makes no typed calls is what it is, not a failure. */
const notOfTheFloor = 'the floor has raw bytes only';

function findObstacle(
  suite: Suite,
  point: Point,
  transport: Transport | Floor,
  placement: Placement,
): string | undefined {
  if (transport.kind === 'floor') return suite.floor?.(point) === undefined ? notOfTheFloor : undefined;
  const traits = placement === 'free' ? suite.needs(point) : ([...suite.needs(point), 'placement'] as const);
  return traits.map((trait) => transport.cannot?.[trait]).find((reason) => reason !== undefined);
}

function describe(transport: Transport | Floor): MeasuredTransport {
  const { kind, summary, version, doesLess } = transport;
  const remarks = transport.kind === 'floor' ? undefined : transport.remarks;
  return {
    ...{ kind, summary, version },
    ...(doesLess !== undefined && { doesLess }),
    ...(remarks !== undefined && { remarks }),
  };
}

/** Rounds of which there is anything. */
export function roundsIn(trials: readonly Trial[]): number {
  return new Set(trials.map(({ round }) => round)).size;
}

/** Another one begins in every round: being first is no merit and no burden. */
function rotate<T>(items: readonly T[], by: number): T[] {
  const start = items.length === 0 ? 0 : (by * Math.ceil(items.length / 3)) % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}

/** E.g. `typed, 64 bytes`. */
export function pointWords(point: Point): string {
  const { series, payloadBytes, concurrency, ratePerSecond, clients, busy, placement, beside } = point;
  const words = [
    series === 'order' ? undefined : series,
    payloadBytes === undefined ? undefined : `${payloadBytes} bytes`,
    concurrency === undefined ? undefined : `${concurrency} in flight`,
    ratePerSecond === undefined ? undefined : `${ratePerSecond}/s`,
    clients === undefined ? undefined : `${clients} ${clients === 1 ? 'client' : 'clients'}`,
    busy === undefined ? undefined : `${busy} busy`,
    placement,
    beside,
  ];
  return words.filter((word) => word !== undefined).join(', ');
}
