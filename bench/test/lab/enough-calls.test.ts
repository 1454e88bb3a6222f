/** A percentile that fewer than ten calls lie beyond is shown nowhere, and how many calls there were is. */
import { describe, expect, it } from 'vitest';
import { compareRuns } from '../../src/compare/compare.js';
import { printComparison } from '../../src/compare/print.js';
import { fewCallsNotes } from '../../src/lab/few-calls.js';
import { printLab } from '../../src/lab/print.js';
import type { FigureName, LabResults, Point, Trial } from '../../src/lab/results.js';
import { callsNeeded, figureIn } from '../../src/lab/statistics/enough-calls.js';
import { buildModel } from '../../src/report/build-model.js';
import { plotSection } from '../../src/report/html/plot-section.js';
import { runsOf } from '../../src/report/input.js';
import { runOf } from './made-up.js';

const figures = { p50Us: 11, p90Us: 22, p99Us: 33, p999Us: 44, maxUs: 55 };
/** One trial of small calls beside large ones. */
const trial = (calls: number | undefined, round = 0, transport = 'x', point: Point = { beside: 'large' }) =>
  ({
    ...{ suite: 'mixed', point, transport, round, figures },
    ...(calls !== undefined && { calls }),
  }) satisfies Trial;

function html(results: LabResults): string {
  const model = buildModel(runsOf([{ file: 'run.json', results }]));
  return model.plots.map((plot) => plotSection(model, plot)).join('\n');
}

describe('a percentile', () => {
  it.each<[FigureName, number]>([
    ['p50Us', 20],
    ['p90Us', 100],
    ['p99Us', 1_000],
    ['p999Us', 10_000],
    ['maxUs', 0],
    ['callsPerSecond', 0],
  ])('%s needs ten calls beyond it: %i', (figure, calls) => {
    expect(callsNeeded(figure)).toBe(calls);
  });

  it('is there with enough calls, and where a file does not say how many there were', () => {
    expect(figureIn(trial(1_000), 'p99Us')).toBe(33);
    expect(figureIn(trial(999), 'p99Us')).toBeUndefined();
    expect(figureIn(trial(3), 'maxUs')).toBe(55);
    expect(figureIn(trial(undefined), 'p999Us')).toBe(44);
  });
});

describe('notes on few calls', () => {
  it('name the figure, the place and the most calls of a round', () => {
    expect(fewCallsNotes([trial(300), trial(340, 1), trial(5_000, 0, 'y')], ['p99Us', 'p50Us'])).toEqual([
      '– p99 needs 10 calls beyond it, so 1\u202f000 in a round: there were beside 1 MiB calls: 340 of x',
    ]);
  });

  it('count transports that are many', () => {
    const trials = ['a', 'b', 'c', 'd', 'e'].map((name, i) => trial(100 + i, 0, name));
    expect(fewCallsNotes(trials, ['p99Us'])[0]).toMatch(/beside 1 MiB calls: 100 to 104 of 5 transports$/);
  });

  it('say nothing where a round has enough', () => {
    expect(fewCallsNotes([trial(300), trial(1_000, 1)], ['p99Us'])).toEqual([]);
  });
});

describe('a run with too few calls', () => {
  const alone = { beside: 'alone' } as const;
  const results = runOf([
    trial(400),
    trial(2_000, 0, 'x', alone),
    trial(3_000, 0, 'y'),
    trial(3_000, 0, 'y', alone),
  ]);

  it('has a dash in the terminal, and the reason below the table', () => {
    const text = printLab(results);
    expect(text).toMatch(/│ x +│ +– │ +33\.0 │/);
    expect(text).toContain('– p99 needs 10 calls beyond it');
    expect(text).toContain('400 of x');
  });

  it('has the number of calls as a column, where a suite has a single point', () => {
    const text = printLab(runOf([trial(400), trial(3_000, 0, 'y')]));
    expect(text).toMatch(/│ +calls │ p50 µs │ p99 µs │/);
    expect(text).toMatch(/│ x +│ +400 │ +11\.0 │ +– │/);
    expect(text).toMatch(/│ y +│ 3 000 │ +11\.0 .*│ +33\.0/);
  });

  it('has a dash in the page, and the reason', () => {
    const page = html(results);
    expect(page).toMatch(/<th scope="row">x<\/th><td>33\.0 µs<\/td><td>–<\/td>/);
    expect(page).toContain('<p class="note">– p99 needs 10 calls beyond it');
  });

  it('is not compared by that percentile, and compare says why', () => {
    const choice = { margin: 0.05 };
    const found = compareRuns(results, results, choice);
    expect(found.comparisons.map(({ transport, point }) => [transport, point.beside])).toEqual([
      ['x', 'alone'],
      ['y', 'large'],
      ['y', 'alone'],
    ]);
    const text = printComparison({ file: 'a', results }, { file: 'b', results }, found, choice);
    expect(text).toContain('mixed, x: p99 of fewer than 1000 calls in a round is chance: beside 1 MiB calls');
  });
});
