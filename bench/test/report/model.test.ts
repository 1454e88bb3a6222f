import { describe, expect, it } from 'vitest';
import type { LabResults, Point, SuiteName, Trial } from '../../src/lab/results.js';
import { buildModel } from '../../src/report/build-model.js';
import { gaps, trust } from '../../src/report/html/facts.js';
import { viewTable } from '../../src/report/html/tables.js';
import { runsOf } from '../../src/report/input.js';
import type { Plot, View } from '../../src/report/model.js';
import { rounds, runOf } from '../lab/made-up.js';
import { madeUpLab } from './made-up-lab.js';

const runs = (results: LabResults, name = 'run.json') => runsOf([{ file: name, results }]);
const modelOf = (results: LabResults) => buildModel(runs(results));
const plotOf = (results: LabResults, id: string): Plot => {
  const plot = modelOf(results).plots.find((candidate) => candidate.id === id);
  if (plot === undefined) throw new Error(`no plot ${id}`);
  return plot;
};
const viewOf = (plot: Plot, label: string): View => plot.views.find((view) => view.label === label)!;

/** The histogram of one that made calls of all the same length. */
const { latencies } = madeUpLab({ rounds: 1 }).trials[0]!;

describe('series', () => {
  it('are the transports that were measured: ours, then peers, then the floor', () => {
    const { series } = modelOf(madeUpLab({ rounds: 1 }));
    expect(series.map(({ name, kind }) => [name, kind])).toEqual([
      ['doorcall-gen', 'ours'],
      ['doorcall', 'ours'],
      ['node-http-tcp', 'peer'],
      ['net-unix *', 'peer'],
      ['floor-futex *', 'floor'],
    ]);
  });

  it('of several runs have the run in their name, and a look in common', () => {
    const [one, other] = [madeUpLab({ rounds: 1 }), madeUpLab({ rounds: 1 })];
    const both = buildModel(
      runsOf([one, other].map((results, i) => ({ file: `/x/${'ab'[i]}.json`, results }))),
    );
    expect(both.series.slice(0, 3).map(({ name, look, run }) => [name, look, run])).toEqual([
      ['doorcall-gen · a', 0, 0],
      ['doorcall-gen · b', 0, 1],
      ['doorcall · a', 1, 0],
    ]);
    const paths = runsOf(['/x/a.json', '/y/a.json'].map((file) => ({ file, results: one })));
    expect(paths.map(({ label }) => label)).toEqual(['/x/a.json', '/y/a.json']);
  });
});

describe('lines', () => {
  const at = (payloadBytes: number, ...values: number[]) =>
    rounds('latency', { series: 'typed', payloadBytes }, 'x', 'p50Us', values);

  it('hold the median of the rounds and their interval, in the order of the axis', () => {
    const plot = plotOf(runOf([...at(1024, 7), ...at(0, 3, 1, 2), ...at(64, 5, 4)]), 'latency');
    expect(plot.axis.ticks.map(({ label }) => label)).toEqual(['0 B', '64 B', '1 KiB']);
    expect(plot.views.map(({ label }) => label)).toEqual(['typed: p50']);
    expect(plot.views[0]!.lines).toEqual([
      {
        series: 0,
        values: [
          { x: 4, y: 2, low: 1, high: 3 },
          { x: 64, y: 4.5, low: 4, high: 5 },
          // One round: nothing is known of the spread.
          { x: 1024, y: 7 },
        ],
      },
    ]);
  });

  it('keep typed values and bytes apart', () => {
    const bytes = rounds('latency', { series: 'bytes', payloadBytes: 64 }, 'y', 'p50Us', [9]);
    const plot = plotOf(runOf([...at(64, 5), ...bytes]), 'latency');
    expect(viewOf(plot, 'typed: p50').lines.map(({ series }) => series)).toEqual([0]);
    expect(viewOf(plot, 'bytes: p50').lines.map(({ series }) => series)).toEqual([1]);
  });

  it('of the hand-off test are relative to an idle machine, within each round', () => {
    const rate = (busy: number, ...values: number[]) =>
      rounds('handoff', { busy }, 'x', 'callsPerSecond', values);
    // The third round is ten times slower for both.
    const plot = plotOf(runOf([...rate(0, 100, 100, 10), ...rate(2, 50, 60, 5.5)]), 'handoff');
    const view = viewOf(plot, 'rate, relative to none beside');
    expect(view).toMatchObject({ figure: 'ratio', level: { y: 0.5 } });
    expect(view.lines[0]!.values).toEqual([
      { x: 0, y: 1 },
      { x: 2, y: 0.55, low: 0.5, high: 0.6 },
    ]);
    expect(plotOf(runOf(rate(2, 50)), 'handoff').views.map(({ label }) => label)).toEqual(['calls/s']);
  });
});

describe('rows', () => {
  it('hold a value for each part that was measured', () => {
    const p99 = (beside: 'alone' | 'large', transport: string, value: number) =>
      rounds('mixed', { beside }, transport, 'p99Us', [value]);
    const plot = plotOf(
      runOf([...p99('large', 'x', 90), ...p99('alone', 'x', 3), ...p99('large', 'y', 70)]),
      'mixed',
    );
    expect(plot.axis.ticks.map(({ label }) => label)).toEqual(['alone', 'beside 1 MiB calls']);
    expect(viewOf(plot, 'p99').lines).toEqual([
      {
        series: 0,
        values: [
          { x: 0, y: 3 },
          { x: 1, y: 90 },
        ],
      },
      { series: 1, values: [{ x: 1, y: 70 }] },
    ]);
  });
});

describe('percentiles', () => {
  const trial = (round: number, more: Partial<Trial> = {}): Trial => ({
    suite: 'cost' as SuiteName,
    point: {} as Point,
    transport: 'x',
    round,
    figures: {},
    ...(latencies && { latencies }),
    ...more,
  });

  it('are of the calls of all rounds together, and end where fewer than ten calls are left', () => {
    const one = plotOf(runOf([trial(0)]), 'percentiles').views[0]!.lines[0]!.values;
    const two = plotOf(runOf([trial(0), trial(1)]), 'percentiles').views[0]!.lines[0]!.values;
    // 301 calls, of which the slowest takes 24 µs.
    expect(one.at(-1)!.x).toBeLessThanOrEqual(30.1);
    expect(two.at(-1)!.x).toBeGreaterThan(30.1);
    expect(two.at(-1)!.x).toBeLessThanOrEqual(60.2);
    const at = (values: typeof one, x: number) => values.find((value) => value.x === x)!.y;
    expect(at(one, 2)).toBeGreaterThan(1.9);
    expect(at(one, 2)).toBeLessThan(2.1);
    expect(at(one, 10)).toBe(at(two, 10));
    expect(one.map(({ y }) => y)).toEqual(one.map(({ y }) => y).sort((a, b) => a - b));
  });

  it('name the file and the place of what is no histogram', () => {
    const broken = { histogram: 'nonsense', sumNs: 1 };
    const results = runOf([trial(0), trial(1, { latencies: broken })]);
    expect(() => buildModel(runs(results, 'bad.json'))).toThrow(
      /^bad\.json: trials\[1\]\.latencies\.histogram: no HDR histogram$/,
    );
  });

  it('begin with the point that everybody looks for', () => {
    expect(plotOf(madeUpLab({ rounds: 1 }), 'percentiles').views[0]!.label).toBe('latency, typed, 64 B');
  });
});

describe('tables', () => {
  it('hold what the plot shows, escaped, and a dash where nothing was measured', () => {
    const results = runOf([
      ...rounds('throughput', { concurrency: 1 }, '<x>', 'callsPerSecond', [1_000, 1_200, 1_100]),
      ...rounds('throughput', { concurrency: 4 }, 'y', 'callsPerSecond', [123_456]),
    ]);
    const model = modelOf(results);
    const plot = model.plots.find(({ id }) => id === 'throughput')!;
    const html = viewTable(model, plot, plot.views[0]!);
    expect(html).toContain('<th scope="col">1</th><th scope="col">4</th>');
    expect(html).toContain(
      '<th scope="row">&lt;x&gt;</th><td>1\u202f100/s <small>1\u202f000–1\u202f200/s</small></td><td>–</td>',
    );
    expect(html).toContain('<th scope="row">y</th><td>–</td><td>123\u202f000/s</td>');
  });

  it('say units once where both ends have the same', () => {
    const model = modelOf(runOf(rounds('chain', {}, 'x', 'p50Us', [900, 1_100, 999])));
    const html = viewTable(model, model.plots[0]!, model.plots[0]!.views[0]!);
    expect(html).toContain('<td>999 µs <small>900 µs–1.10 ms</small></td>');
  });
});

describe('the facts', () => {
  it('say whether a run is to be trusted', () => {
    expect(trust(runs(madeUpLab({ rounds: 1 })))).toMatch(
      /class="verdict good">The machine was quiet\. one round/,
    );
    const noisy = { ...madeUpLab({ rounds: 1 }).noise, trusted: false, reasons: ['load <3>', 'drift'] };
    const html = trust(runs(madeUpLab({ rounds: 1, noise: noisy, interrupted: true })));
    expect(html).toContain('class="verdict bad">Do not trust these figures: load &lt;3&gt;; drift.');
    expect(html).toContain('The run was interrupted');
  });

  it('list gaps, one line for each transport and reason', () => {
    const html = gaps(
      runs(
        runOf([], {
          gaps: [
            { suite: 'latency', transport: 'x', reason: 'not installed' },
            { suite: 'cost', transport: 'x', reason: 'not installed' },
            { suite: 'fanin', point: { clients: 2 }, round: 0, transport: 'y', reason: 'died' },
          ],
        }),
      ),
    );
    expect(html).toBe(
      '<ul><li>x: not installed (latency; cost)</li><li>y: died (fanin, 2 clients, round 1)</li></ul>',
    );
    expect(gaps(runs(runOf([])))).toContain('Everything that was asked for was measured');
  });
});
