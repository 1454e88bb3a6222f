import { describe, expect, it } from 'vitest';
import type { Figures } from '../src/smoke/figures.js';
import { Measurements } from '../src/smoke/measurements.js';
import type { ScenarioName } from '../src/smoke/scenarios.js';
import { judge, targets } from '../src/smoke/targets.js';
import { complaint, passes } from '../src/verdicts.js';

const everything = () => true;

function figures(part: Partial<Figures>): Figures {
  const us = part.p50Us ?? 1;
  return {
    calls: 1_000,
    p50Us: us,
    p90Us: us,
    p99Us: us,
    p999Us: us,
    meanUs: us,
    callsPerSecond: 1e6 / us,
    cpuUsPerCall: us,
    ...part,
  };
}

const idle = { cpuPercent: 0.05, memoryKiBPerConnection: 280, activeRatio: 1.02 };

/** p50 in µs. */
const ours: Record<string, number> = { doorcall: 3, 'doorcall-gen': 1.5, 'doorcall-sync': 2 };

/** A run of three rounds in which every target is met; `change` spoils it. */
function run(
  change: (
    round: number,
    transport: string,
    scenario: ScenarioName,
  ) => Partial<Figures> | 'missing' = () => ({}),
): Measurements {
  const measurements = new Measurements();
  const slowTransports = [
    'node-http-tcp',
    'undici-tcp',
    'grpc-js-tcp',
    'grpc-js-unix',
    'net-unix',
    'child-ipc-advanced',
  ];
  for (const scenario of ['pingpong', 'inflight64', 'spaced5ms', 'busy2', 'idle100'] as const) {
    for (const transport of [...Object.keys(ours), ...slowTransports]) {
      for (let round = 0; round < 3; round++) {
        const p50Us = ours[transport] ?? 1_000;
        const changed = change(round, transport, scenario);
        if (changed === 'missing') continue;
        measurements.add(round, transport, scenario, figures({ p50Us, idle, ...changed }));
      }
    }
  }
  return measurements;
}

const outcomes = (measurements: Measurements) =>
  judge(measurements, everything)
    .filter(({ outcome }) => outcome !== 'met')
    .map(({ target, outcome }) => `${outcome}: ${target}`);

describe('judging a smoke run', () => {
  it('passes when every target is met', () => {
    const verdicts = judge(run(), everything);
    expect(verdicts).toHaveLength(targets.length);
    expect(verdicts.every(({ outcome }) => outcome === 'met')).toBe(true);
    expect(passes(verdicts)).toBe(true);
  });

  it('demands what the table of targets says', () => {
    expect(judge(run(), everything).map(({ target }) => target)).toEqual([
      'pingpong: doorcall at least 35 × node-http-tcp by p50',
      'pingpong: doorcall at least 80 × grpc-js-unix by p50',
      'pingpong: doorcall at least 15 × net-unix by p50',
      'pingpong: doorcall-sync at least 1 × doorcall by p50',
      'pingpong: doorcall-gen at least 30 × net-unix by p50',
      'pingpong: doorcall-gen at least 1.3 × doorcall by p50',
      'inflight64: doorcall at least 25 × undici-tcp by calls/s',
      'inflight64: doorcall at least 80 × grpc-js-tcp by calls/s',
      'inflight64: doorcall at least 80 × grpc-js-unix by calls/s',
      'inflight64: doorcall-gen at least 4 × net-unix by calls/s',
      'inflight64: doorcall-gen at least 1.5 × doorcall by calls/s',
      'spaced5ms: doorcall at least 2 × net-unix by p50',
      'busy2: doorcall at least 2 × net-unix by mean',
      'idle100: doorcall: CPU of idle connections below 0.2 % of a core',
      'idle100: doorcall: memory per idle connection, its rings included, below 324 KiB',
      'idle100: doorcall: p50 beside idle connections over p50 without below 1.1 ×',
    ]);
  });

  it.each([
    ['a rival that is faster than it should be', 'net-unix', 'pingpong', { p50Us: 40 }, 'net-unix by p50'],
    ['a sync call slower than an async one', 'doorcall-sync', 'pingpong', { p50Us: 3.1 }, 'doorcall-sync at'],
    ['generated code of little use', 'doorcall-gen', 'pingpong', { p50Us: 2.4 }, '1.3 × doorcall by p50'],
    ['… under load', 'doorcall-gen', 'inflight64', { callsPerSecond: 450_000 }, '1.5 × doorcall by calls/s'],
    ['too few calls/s', 'doorcall', 'inflight64', { callsPerSecond: 24_000 }, 'undici-tcp by calls/s'],
    ['a slow mean with a fast p50', 'doorcall', 'busy2', { meanUs: 900 }, 'net-unix by mean'],
    [
      'idle connections that burn',
      'doorcall',
      'idle100',
      { idle: { ...idle, cpuPercent: 0.3 } },
      'CPU of idle',
    ],
    [
      'idle connections that weigh',
      'doorcall',
      'idle100',
      { idle: { ...idle, memoryKiBPerConnection: 324 } },
      'memory per idle',
    ],
    [
      'an active one held up',
      'doorcall',
      'idle100',
      { idle: { ...idle, activeRatio: 1.2 } },
      'p50 beside idle',
    ],
  ] as const)('misses %s, and names the target', (_, who, where, spoiled, name) => {
    const measurements = run((_round, transport, scenario) =>
      transport === who && scenario === where ? spoiled : {},
    );
    const verdicts = judge(measurements, everything);
    expect(outcomes(measurements).join('\n')).toContain(name);
    expect(passes(verdicts)).toBe(false);
    expect(complaint(verdicts)).toContain(name);
  });

  it('lets one bad round pass: the median decides', () => {
    const oneBad = run((round, transport) => (transport === 'doorcall' && round === 1 ? { p50Us: 500 } : {}));
    expect(outcomes(oneBad)).toEqual([]);
    const twoBad = run((round, transport, scenario) =>
      transport === 'doorcall' && scenario === 'pingpong' && round > 0 ? { p50Us: 500 } : {},
    );
    expect(outcomes(twoBad)).toContain('missed: pingpong: doorcall at least 15 × net-unix by p50');
  });

  it('pairs figures of the same round when another round is missing', () => {
    // Rounds differ by a factor of 100 for both; a pairing across rounds would show.
    const measurements = run((round, transport, scenario) => {
      if (scenario !== 'spaced5ms') return {};
      if (transport === 'net-unix') return round === 0 ? 'missing' : { p50Us: 30 * 100 ** round };
      if (transport === 'doorcall') return { p50Us: 10 * 100 ** round };
      return {};
    });
    const verdict = judge(measurements, everything).find(({ target }) => target.startsWith('spaced5ms'));
    expect(verdict).toMatchObject({ outcome: 'met', value: 3 });
  });

  it('does not pass when something that was asked for has no figures', () => {
    const measurements = run((_round, transport) => (transport === 'undici-tcp' ? 'missing' : {}));
    const verdicts = judge(measurements, everything);
    expect(passes(verdicts)).toBe(false);
    expect(complaint(verdicts)).toContain('not measured: inflight64: doorcall at least 25 × undici-tcp');
  });

  it('judges only what is in the run, and does not pass when that is nothing', () => {
    const onlyIdle = judge(
      run(),
      (transport, scenario) => transport === 'doorcall' && scenario === 'idle100',
    );
    expect(onlyIdle.filter(({ outcome }) => outcome === 'met')).toHaveLength(3);
    expect(passes(onlyIdle)).toBe(true);
    const nothing = judge(run(), (transport) => transport === 'undici-tcp');
    expect(passes(nothing)).toBe(false);
    expect(complaint(nothing)).toContain('No target was judged');
  });
});
