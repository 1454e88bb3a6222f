/** One window of back-to-back calls, with what it cost both ends. */
import { type EncodedLatencies, Latencies } from '@doorcall/load';
import type { FloorResult } from '../transport.js';
import type { Usage } from './commands.js';
import type { Load } from './load.js';
import type { FigureName, Trial } from './results.js';
import type { Stage } from './stage.js';
import type { Measured } from './suite.js';
import { anotherShape } from './warm-up.js';

/** @throws when not one call was made */
export async function measureClosed(stage: Stage, load: Load): Promise<Measured> {
  await stage.warmUp(load, anotherShape);
  const before = await stage.usage();
  const result = await stage.client.ask('measure', { load });
  const after = await stage.usage();
  const servers = total(after.servers).minus(total(before.servers));
  const clients = total(after.clients).minus(total(before.clients));
  return measured(result.latencies, result.endMs - result.startMs, {
    clientCpuUs: result.cpuUs,
    // A server that is a thread of the client's process has no time of its own: it is in the client's.
    ...(after.servers.length > 0 && { serverCpuUs: servers.cpuUs }),
    contextSwitches: servers.contextSwitches + clients.contextSwitches,
  });
}

export function ofFloor({ latencies, elapsedMs, cpuUs, contextSwitches }: FloorResult): Measured {
  return measured(latencies, elapsedMs, {
    clientCpuUs: cpuUs.client,
    serverCpuUs: cpuUs.server,
    contextSwitches: contextSwitches.client + contextSwitches.server,
  });
}

interface Cost {
  clientCpuUs: number;
  serverCpuUs?: number;
  contextSwitches: number;
}

function measured(latencies: EncodedLatencies, elapsedMs: number, cost: Cost): Measured {
  const { calls, figures } = latencyFigures(latencies);
  return {
    calls,
    latencies,
    figures: {
      ...figures,
      callsPerSecond: calls / (elapsedMs / 1_000),
      cpuUsPerCall: (cost.clientCpuUs + (cost.serverCpuUs ?? 0)) / calls,
      clientCpuUsPerCall: cost.clientCpuUs / calls,
      ...(cost.serverCpuUs !== undefined && { serverCpuUsPerCall: cost.serverCpuUs / calls }),
      contextSwitchesPerCall: cost.contextSwitches / calls,
    },
  };
}

const costs: ReadonlySet<string> = new Set<FigureName>([
  ...(['cpuUsPerCall', 'clientCpuUsPerCall', 'serverCpuUsPerCall', 'contextSwitchesPerCall'] as const),
]);

/** The same without what it cost, where other calls went on beside these. */
export function withoutCost({ figures, ...measured }: Measured): Measured {
  const others = Object.fromEntries(Object.entries(figures).filter(([name]) => !costs.has(name)));
  return { ...measured, figures: others };
}

/** @throws when there is no latency */
export function latencyFigures(latencies: EncodedLatencies): { calls: number; figures: Trial['figures'] } {
  const { calls, p50Us, p90Us, p99Us, p999Us, meanUs, maxUs } = Latencies.merge([latencies]).summary();
  if (calls === 0) throw new Error('not one call within the window');
  return { calls, figures: { p50Us, p90Us, p99Us, p999Us, maxUs, meanUs } };
}

function total(usages: readonly Usage[]) {
  const sum = (pick: (usage: Usage) => number) => usages.reduce((all, usage) => all + pick(usage), 0);
  const cpuUs = sum((usage) => usage.cpuUs);
  const contextSwitches = sum((usage) => usage.contextSwitches);
  return {
    cpuUs,
    contextSwitches,
    minus: (other: { cpuUs: number; contextSwitches: number }) => ({
      cpuUs: cpuUs - other.cpuUs,
      contextSwitches: contextSwitches - other.contextSwitches,
    }),
  };
}
