/** On which CPUs the two ends of a trial run. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export const placements = {
  free: 'where the scheduler puts them',
  same: 'server and client on one CPU',
  apart: 'server and client on two different CPUs, of different cores where there are such',
} as const;
export type Placement = keyof typeof placements;

/** A CPU for each end; undefined: any. */
export interface Seats {
  readonly server: number | undefined;
  readonly client: number | undefined;
}

/** A CPU for each of the two. */
export interface Apart {
  server: number;
  client: number;
}

/** @throws Error that says what this machine lacks */
export function findSeats(placement: Placement): Seats {
  if (placement === 'free') return { server: undefined, client: undefined };
  if (placement === 'apart') return findApart();
  const [cpu] = allowedCpus();
  if (cpu === undefined) throw new Error('the kernel does not say which CPUs this process may use');
  assertTaskset(placement, cpu);
  return { server: cpu, client: cpu };
}

/**
 * The two CPUs for `apart`: on cores of their own where that can be.
 * @throws Error that says what this machine lacks
 */
export function findApart(): Apart {
  const apart = chooseApart(allowedCpus(), siblingsOf);
  assertTaskset('apart', apart.server);
  return apart;
}

function assertTaskset(placement: Placement, cpu: number): void {
  const [command, ...rest] = [...onCpus(cpu), 'true'];
  try {
    execFileSync(command!, rest, { stdio: 'ignore' });
  } catch {
    throw new Error(`--placement ${placement} needs \`taskset\`, of the package util-linux`);
  }
}

/** @throws Error when there are fewer than two CPUs */
export function chooseApart(cpus: readonly number[], siblings: (cpu: number) => readonly number[]): Apart {
  const [server, second] = cpus;
  if (server === undefined || second === undefined)
    throw new Error(`--placement apart needs two CPUs, and this process may use ${cpus.length}`);
  const sameCore = siblings(server);
  return { server, client: cpus.find((cpu) => cpu !== server && !sameCore.includes(cpu)) ?? second };
}

/** A list as the kernel writes it, for example `0-2,8`. */
export function parseCpus(list: string): number[] {
  return list
    .trim()
    .split(',')
    .flatMap((range) => {
      const [first, last = first] = range.split('-').map(Number);
      return Array.from({ length: last! - first! + 1 }, (_, i) => first! + i);
    });
}

/** What goes before the command of a process that may run on these CPUs only. */
export function onCpus(...cpus: readonly number[]): readonly string[] {
  return ['taskset', '-c', cpus.join(',')];
}

function allowedCpus(): number[] {
  const [, list] = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return list === undefined ? [] : parseCpus(list);
}

/** CPUs of the same core; none when the kernel does not say. */
function siblingsOf(cpu: number): number[] {
  try {
    return parseCpus(readFileSync(`/sys/devices/system/cpu/cpu${cpu}/topology/thread_siblings_list`, 'utf8'));
  } catch {
    return [];
  }
}
