import { median } from '../../stats.js';
import { measureClosed } from '../measure-closed.js';
import { type AnyProcess, onePair, type Stage } from '../stage.js';
import { orders, type Suite } from '../suite.js';

/** Connections that pay for code that is loaded and compiled only then. */
const firstConnections = 10;
const weighedConnections = 50;
const reconnects = 7;
const idleWatch = { settleMs: 300, windowMs: 1_000 };

export const cost: Suite = {
  name: 'cost',
  summary:
    'CPU time and context switches of a call, idle CPU, memory of a connection, connecting, the first call',
  compareBy: 'clientCpuUsPerCall',
  points: [{}],
  needs: () => [],
  layout: () => onePair,
  async beforeWarmUp(stage, can) {
    return {
      firstCallMs: stage.firstConnect.firstAnswerMs,
      ...(can('idle-connections') && { rssKiBPerConnection: await weigh(stage) }),
    };
  },
  async measure(stage, _point, durationMs, can) {
    const { figures, latencies } = await measureClosed(stage, { ...orders, concurrency: 1, durationMs });
    return {
      figures: {
        ...figures,
        ...(can('idle-connections') && { connectMs: await timeConnecting(stage) }),
        idleCpuPercent: await overProcesses(stage, (process) => process.ask('idleCpu', idleWatch)),
      },
      ...(latencies && { latencies }),
    };
  },
  floor: () => ({ bytes: 64 }),
};

/**
 * Before the warm-up: garbage of earlier calls that is given back later would count against the connections' weight.
 *
 * @returns by how many KiB one idle connection makes both processes larger
 */
async function weigh(stage: Stage): Promise<number> {
  await stage.client.ask('openIdle', firstConnections);
  const before = await residentKiB(stage);
  await stage.client.ask('openIdle', weighedConnections);
  const after = await residentKiB(stage);
  await stage.client.ask('closeIdle', null);
  return (after - before) / weighedConnections;
}

function residentKiB(stage: Stage): Promise<number> {
  return overProcesses(stage, (process) => process.ask('memory', null));
}

/** Until the first answer: some connect only when there is something to send. */
async function timeConnecting({ client }: Stage): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < reconnects; i++) times.push((await client.ask('reconnect', null)).firstAnswerMs);
  return median(times);
}

/** The sum over both ends. */
async function overProcesses(stage: Stage, ask: (process: AnyProcess) => Promise<number>): Promise<number> {
  const parts = await Promise.all(stage.processes.map(ask));
  return parts.reduce((sum, part) => sum + part, 0);
}
