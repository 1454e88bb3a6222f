/** What a reader is told of the rates at which an open loop was not measured. */
import { describe, expect, it } from 'vitest';
import { pointsBeyondSaturation } from '../../src/lab/points-not-tried.js';
import { printLab } from '../../src/lab/print.js';
import type { Gap, LabResults, Trial } from '../../src/lab/results.js';
import { suites } from '../../src/lab/suites/index.js';
import { buildModel } from '../../src/report/build-model.js';
import { gaps, openLoopTable } from '../../src/report/html/facts.js';
import { viewTable } from '../../src/report/html/tables.js';
import { runsOf } from '../../src/report/input.js';
import { runOf } from './made-up.js';

const trial = (transport: string, ratePerSecond: number, achieved: number, round = 0): Trial => ({
  ...{ suite: 'openloop', transport, round, calls: 20_000, point: { ratePerSecond } },
  figures: { p50Us: 2, p99Us: 5, achievedPerSecond: achieved },
});
const points = [1_000, 5_000, 10_000, 20_000].map((ratePerSecond) => ({ ratePerSecond }));
const beyond = (trials: Trial[], placement: 'free' | 'apart' = 'free') =>
  pointsBeyondSaturation({ suite: suites.openloop, name: 'x', points }, { placement }, trials);

describe('rates beyond saturation', () => {
  const reason = 'saturated at 5\u202f000/s, of which it achieved 3\u202f100/s';
  const gap = (ratePerSecond: number): Gap => ({
    ...{ suite: 'openloop', transport: 'x', point: { ratePerSecond }, reason, saturatedAt: 5_000 },
  });

  it('are gaps that say where the transport was saturated, and what it achieved there', () => {
    const trials = [trial('x', 1_000, 1_000), trial('x', 5_000, 3_000), trial('x', 5_000, 3_200, 1)];
    expect(beyond(trials)).toEqual([gap(10_000), gap(20_000)]);
  });

  it('are none where all rates were tried, the last one was reached, or nothing was measured', () => {
    expect(beyond([trial('x', 20_000, 3_000)])).toEqual([]);
    // Interrupted, or its server died: that is told otherwise.
    expect(beyond([trial('x', 5_000, 5_000)])).toEqual([]);
    expect(beyond([trial('y', 5_000, 3_000)])).toEqual([]);
  });

  it('are found where the run has a placement of its own', () => {
    const apart = {
      ...trial('x', 5_000, 3_000),
      point: { ratePerSecond: 5_000, placement: 'apart' } as const,
    };
    expect(beyond([apart], 'apart').map(({ point }) => point)).toEqual([
      { ratePerSecond: 10_000, placement: 'apart' },
      { ratePerSecond: 20_000, placement: 'apart' },
    ]);
  });
});

describe('a run of open loops', () => {
  const trials = [
    ...points.map(({ ratePerSecond }) => trial('y', ratePerSecond, ratePerSecond)),
    ...[trial('x', 1_000, 1_000), trial('x', 5_000, 3_100)],
  ];
  const results: LabResults = runOf(trials, { gaps: beyond(trials) });
  const runs = runsOf([{ file: 'run.json', results }]);

  it('says in the terminal where each transport was saturated, and what it achieved', () => {
    const text = printLab(results);
    expect(text).toMatch(/│ p99 µs │ +1000\/s │ +5000\/s │ +10000\/s │ +20000\/s │ saturated at │/);
    expect(text).toMatch(/│ x +│[^│]+│[^│]+│ saturated │ saturated │ +5 000\/s │/);
    expect(text).toMatch(/│ achieved\/s │/);
    expect(text).toMatch(/│ x +│ +1 000 │ +3 100 │ saturated │ saturated │ +5 000\/s │/);
    expect(text).toMatch(/│ y +│ +1 000 │ +5 000 │ +10 000 │ +20 000 │ +│/);
    expect(text).toContain('x: saturated at 5\u202f000/s, of which it achieved 3\u202f100/s');
  });

  it('has offered and achieved rates side by side in the page', () => {
    const html = openLoopTable(runs, buildModel(runs));
    expect(html).toContain('<th scope="col">offered</th><th scope="col">calls/s achieved</th>');
    expect(html).toContain(
      '<th scope="row">x</th><td>5\u202f000/s</td><td>3\u202f100/s</td><td>2.00 µs</td><td>5.00 µs</td><td>–</td><td>20\u202f000</td><td>saturated: no higher rate was tried</td>',
    );
  });

  it('says in the table of its plot why a line ends', () => {
    const model = buildModel(runs);
    const plot = model.plots.find(({ id }) => id === 'openloop')!;
    const html = viewTable(model, plot, plot.views[0]!);
    expect(html.match(/<td>saturated at 5\u202f000\/s<\/td>/g)).toHaveLength(2);
    expect(gaps(runs)).toContain('x: saturated at 5\u202f000/s');
  });
});
