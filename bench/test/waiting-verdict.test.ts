import { describe, expect, it } from 'vitest';
import type { Cell } from '../src/waiting/cells.js';
import { FiguresByCell } from '../src/waiting/figures-by-cell.js';
import { type Policy, policies } from '../src/waiting/policies.js';
import { doubtfulCells, judge } from '../src/waiting/verdict.js';

const dense: Cell = { topology: 'pair', gapUs: 0, handlerUs: 5, busyProcesses: 0 };
const sparse: Cell = { topology: 'chain', gapUs: 200, handlerUs: 5, busyProcesses: 1 };
const cells = [dense, sparse];

interface Sample {
  meanUs: number;
  cpuUsPerCall: number;
}

/** Five rounds; every policy takes 10 µs and 10 µs of CPU unless `change` says otherwise. */
function measure(
  change: (policy: Policy, cell: Cell, round: number) => Partial<Sample> | 'missing' = () => ({}),
): FiguresByCell {
  const figures = new FiguresByCell();
  for (let round = 0; round < 5; round++) {
    for (const cell of cells) {
      for (const policy of policies) {
        const changed = change(policy, cell, round);
        if (changed === 'missing') continue;
        const sample = { meanUs: 10, cpuUsPerCall: 10, ...changed };
        figures.add(cell, policy, { calls: 100, p50Us: 9, p99Us: 30, ...sample });
      }
    }
  }
  return figures;
}

describe('judging the waiting policy', () => {
  it('passes a policy that equals its rivals', () => {
    expect(judge(cells, measure())).toMatchObject({ overall: 1, misses: [] });
  });

  it('compares with the best rival of each cell', () => {
    const figures = measure((policy, cell) => {
      if (policy === 'fixed' && cell === dense) return { meanUs: 8 };
      if (policy === 'park' && cell === sparse) return { meanUs: 9 };
      return {};
    });
    const verdict = judge(cells, figures);
    expect(verdict.cells.map(({ bestRival, meanRatio }) => [bestRival, meanRatio])).toEqual([
      ['fixed', 1.25],
      ['park', 10 / 9],
    ]);
    expect(verdict.overall).toBeCloseTo(Math.sqrt(1.25 * (10 / 9)), 12);
    expect(verdict.misses).toEqual([]);
  });

  it('names the cells that are worth measuring more often, and judges by all rounds then', () => {
    const slow = (policy: Policy, cell: Cell) =>
      policy === 'default' && cell === dense ? { meanUs: 17 } : {};
    const figures = measure(slow);
    expect(doubtfulCells(cells, figures)).toEqual([dense]);
    for (let round = 0; round < 10; round++) {
      for (const policy of policies) {
        figures.add(dense, policy, { calls: 100, p50Us: 9, p99Us: 30, meanUs: 10, cpuUsPerCall: 10 });
      }
    }
    expect(doubtfulCells(cells, figures)).toEqual([]);
    expect(judge(cells, figures).misses).toEqual([]);
  });

  it('misses when one cell is too slow, and names it', () => {
    const verdict = judge(
      cells,
      measure((policy, cell) => (policy === 'default' && cell === sparse ? { meanUs: 16.1 } : {})),
    );
    expect(verdict.misses).toHaveLength(2);
    expect(verdict.misses[0]).toContain('chain/200/5/1: mean 1.61 ×');
    expect(verdict.misses[1]).toContain('all cells: mean 1.269 ×');
  });

  it('misses when all cells are a little too slow', () => {
    const verdict = judge(
      cells,
      measure((policy) => (policy === 'default' ? { meanUs: 12.5 } : {})),
    );
    expect(verdict.misses).toEqual([expect.stringContaining('all cells: mean 1.250 ×')]);
  });

  it('limits CPU only where calls are far apart', () => {
    const verdict = judge(
      cells,
      measure((policy) => (policy === 'default' ? { cpuUsPerCall: 16 } : {})),
    );
    expect(verdict.misses).toEqual([expect.stringContaining('chain/200/5/1: CPU per call 1.60 ×')]);
  });

  it('takes medians of the rounds', () => {
    const verdict = judge(
      cells,
      measure((policy, _cell, round) => (policy === 'default' && round < 2 ? { meanUs: 1_000 } : {})),
    );
    expect(verdict.misses).toEqual([]);
  });

  it('misses a cell that was not measured for every policy', () => {
    const verdict = judge(
      cells,
      measure((policy, cell) => (policy === 'park' && cell === dense ? 'missing' : {})),
    );
    expect(verdict.misses).toEqual(['pair/0/5/0: not measured for every policy']);
  });

  it('misses when nothing was measured', () => {
    const verdict = judge(cells, new FiguresByCell());
    expect(verdict.overall).toBeUndefined();
    expect(verdict.misses).toHaveLength(2);
  });
});
