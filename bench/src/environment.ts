/** What a figure means nothing without: the machine and the moment. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release } from 'node:os';
import { fileURLToPath } from 'node:url';

export interface Environment {
  cpu: string;
  cores: number;
  kernel: string;
  node: string;
  /** Frequency governor of the first core; null when the kernel does not say. */
  governor: string | null;
  /** Hypervisor or container runtime; null when none shows. */
  virtualisation: string | null;
  /** Of the working tree, with `+changes` when it differs from it; null outside a repository. */
  commit: string | null;
  /** Load averages over 1, 5 and 15 minutes, before anything was started. */
  loadBefore: number[];
  date: string;
}

export function describeEnvironment(): Environment {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    kernel: release(),
    node: process.version,
    governor: readLine('/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor'),
    virtualisation: findVirtualisation(),
    commit: findCommit(),
    loadBefore: loadavg().map((load) => Math.round(load * 100) / 100),
    date: new Date().toISOString(),
  };
}

function findVirtualisation(): string | null {
  const found = ['--vm', '--container']
    .map((kind) => run('systemd-detect-virt', [kind]))
    .filter((name) => name !== null && name !== 'none');
  if (found.length > 0) return found.join(' + ');
  // Without systemd, the processor says at least that it is not a real one.
  return readFileSync('/proc/cpuinfo', 'utf8').includes(' hypervisor') ? 'a hypervisor' : null;
}

function findCommit(): string | null {
  const directory = fileURLToPath(new URL('.', import.meta.url));
  const commit = run('git', ['-C', directory, 'rev-parse', 'HEAD']);
  if (commit === null) return null;
  const changes = run('git', ['-C', directory, 'status', '--porcelain', '--untracked-files=no']);
  return changes === '' ? commit : `${commit}+changes`;
}

function run(command: string, arguments_: string[]): string | null {
  try {
    return execFileSync(command, arguments_, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return null;
  }
}

function readLine(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return null;
  }
}
