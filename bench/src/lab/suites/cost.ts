import { togetherKiB } from '../../measure/memory.js';
import { median } from '../../stats.js';
import { measureClosed } from '../measure-closed.js';
import { type AnyProcess, onePair, type Stage } from '../stage.js';
import { slopeOf } from '../statistics/slope.js';
import { type Measured, orders, type Suite } from '../suite.js';

/** Connections that pay for code that is loaded and compiled only then. */
const firstConnections = 10;
/** The processes are weighed after each of these steps. */
const connectionsAStep = 25;
const steps = 4;
const reconnects = 7;
const idleWatch = { settleMs: 300, windowMs: 1_000 };

export const cost: Suite = {
  name: 'cost',
  summary:
    'CPU time and context switches of a call, idle CPU, memory of a connection, connecting with a first call',
  compareBy: 'clientCpuUsPerCall',
  points: [{}],
  needs: () => [],
  layout: () => onePair,
  async measure(stage, _point, durationMs, can) {
    const { figures, latencies } = await measureClosed(stage, { ...orders, concurrency: 1, durationMs });
    const connecting = can('idle-connections') && { connectAndCallMs: await timeConnecting(stage) };
    const idle = await overProcesses(stage, (process) => process.ask('idleCpu', idleWatch));
    const firstConnectAndCallMs = stage.firstConnect.firstAnswerMs;
    // Last: what is weighed is free of garbage, and a full collection throws compiled code away.
    const memory = can('idle-connections') ? memoryFigure(slopeOf(await weigh(stage))) : { figures: {} };
    return {
      figures: {
        ...figures,
        firstConnectAndCallMs,
        ...connecting,
        idleCpuPercent: sum(idle),
        ...memory.figures,
      },
      ...(latencies && { latencies }),
      ...(memory.missing && { missing: memory.missing }),
    };
  },
  floor: () => ({ bytes: 64 }),
};

/** A connection does not make processes smaller: then something else did, and by how much is not known. */
export function memoryFigure(KiB: number): Pick<Measured, 'figures' | 'missing'> {
  if (KiB >= 0) return { figures: { memoryKiBPerConnection: KiB } };
  const reason = 'the processes gave back more memory meanwhile than the connections took';
  return { figures: {}, missing: [{ figure: 'memoryKiBPerConnection', reason }] };
}

/** @returns what both processes hold together, in KiB, by the number of idle connections */
async function weigh(stage: Stage): Promise<[connections: number, KiB: number][]> {
  const weights: [number, number][] = [];
  await stage.client.ask('openIdle', firstConnections);
  for (let step = 0; step <= steps; step++) {
    if (step > 0) await stage.client.ask('openIdle', connectionsAStep);
    const held = await overProcesses(stage, (process) => process.ask('memory', null));
    weights.push([step * connectionsAStep, togetherKiB(held)]);
  }
  await stage.client.ask('closeIdle', null);
  return weights;
}

/** Until the first answer: some connect only when there is something to send. */
async function timeConnecting({ client }: Stage): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < reconnects; i++) times.push((await client.ask('reconnect', null)).firstAnswerMs);
  return median(times);
}

function overProcesses<T>(stage: Stage, ask: (process: AnyProcess) => Promise<T>): Promise<T[]> {
  return Promise.all(stage.processes.map(ask));
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}
