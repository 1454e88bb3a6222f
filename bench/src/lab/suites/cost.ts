import { memoryOfConnection, shrunk } from '../../measure/connection-memory.js';
import { median } from '../../stats.js';
import { measureClosed } from '../measure-closed.js';
import { type AnyProcess, onePair, type Stage } from '../stage.js';
import { type Measured, orders, type Suite } from '../suite.js';

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
    const { figures, ...measured } = await measureClosed(stage, { ...orders, concurrency: 1, durationMs });
    const connecting = can('idle-connections') && { connectAndCallMs: await timeConnecting(stage) };
    const idle = await overProcesses(stage, (process) => process.ask('idleCpu', idleWatch));
    const firstConnectAndCallMs = stage.firstConnect.firstAnswerMs;
    // Last: what is weighed is free of garbage, and a full collection throws compiled code away.
    const memory = can('idle-connections') ? await weigh(stage) : { figures: {} };
    return {
      ...measured,
      figures: {
        ...figures,
        firstConnectAndCallMs,
        ...connecting,
        idleCpuPercent: sum(idle),
        ...memory.figures,
      },
      ...(memory.missing && { missing: memory.missing }),
    };
  },
  floor: () => ({ bytes: 64 }),
};

async function weigh(stage: Stage): Promise<Pick<Measured, 'figures' | 'missing'>> {
  const KiB = await memoryOfConnection({
    openIdle: (count) => stage.client.ask('openIdle', count),
    closeIdle: () => stage.client.ask('closeIdle', null),
    held: () => overProcesses(stage, (process) => process.ask('memory', null)),
  });
  if (KiB !== undefined) return { figures: { memoryKiBPerConnection: KiB } };
  return { figures: {}, missing: [{ figure: 'memoryKiBPerConnection', reason: shrunk }] };
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
