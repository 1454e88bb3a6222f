import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { chooseApart, findApart, onCpus, parseCpus } from '../../src/placement.js';

describe('two CPUs apart', () => {
  const alone = (cpu: number) => [cpu];

  it('are the first two that this process may use', () => {
    expect(chooseApart([2, 5, 6], alone)).toEqual({ server: 2, client: 5 });
  });

  it('are on cores of their own, where there are two cores', () => {
    const pairs = (cpu: number) => [cpu & ~1, cpu | 1];
    expect(chooseApart([0, 1, 2, 3], pairs)).toEqual({ server: 0, client: 2 });
    expect(chooseApart([4, 5], pairs)).toEqual({ server: 4, client: 5 });
    expect(chooseApart([0, 1], () => [])).toEqual({ server: 0, client: 1 });
  });

  it('are asked for in vain where there is one', () => {
    expect(() => chooseApart([3], alone)).toThrow('needs two CPUs, and this process may use 1');
  });

  it('are read from lists as the kernel writes them', () => {
    expect(parseCpus('0\n')).toEqual([0]);
    expect(parseCpus('0-2,8,10-11\n')).toEqual([0, 1, 2, 8, 10, 11]);
  });

  it.runIf(availableParallelism() >= 2)('are where a process runs that was started so', () => {
    const { server, client } = findApart();
    const cpusOf = (...cpus: number[]) => {
      const [command, ...rest] = [...onCpus(...cpus), 'cat', '/proc/self/status'];
      const status = execFileSync(command as string, rest, { encoding: 'utf8' });
      return parseCpus(/^Cpus_allowed_list:\s*(\S+)/m.exec(status)![1]!);
    };
    expect(server).not.toBe(client);
    expect(cpusOf(server)).toEqual([server]);
    expect(cpusOf(client)).toEqual([client]);
    expect(cpusOf(client, server)).toEqual([server, client].sort((a, b) => a - b));
  });
});
