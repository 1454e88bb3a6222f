/** What every process of a trial can tell of itself. */
import { cpuUs, idleCpuPercent } from '../measure/cpu.js';
import { heldMemory } from '../measure/memory.js';
import type { Usage } from './commands.js';

export function usage(): Usage {
  const { voluntaryContextSwitches, involuntaryContextSwitches } = process.resourceUsage();
  return {
    pid: process.pid,
    cpuUs: cpuUs(),
    contextSwitches: voluntaryContextSwitches + involuntaryContextSwitches,
  };
}

export const ownUsage = {
  usage,
  memory: heldMemory,
  idleCpu: ({ settleMs, windowMs }: { settleMs: number; windowMs: number }) =>
    idleCpuPercent(settleMs, windowMs),
};
