import { describe, expect, it } from 'vitest';
import { allCells, cellId, parseCells, quickCells } from '../src/waiting/cells.js';
import { pause } from '../src/waiting/gap.js';
import { expectedSeconds } from '../src/waiting/run.js';

describe('cells', () => {
  it('are every combination, each with an id of its own', () => {
    expect(allCells).toHaveLength(3 * 4 * 3 * 3);
    expect(new Set(allCells.map(cellId)).size).toBe(allCells.length);
    expect(allCells.map(cellId)).toContain('fanin/2000/0.5/2');
  });

  it('are chosen by id and by pattern, each once', () => {
    expect(parseCells('pair/200/5/0').map(cellId)).toEqual(['pair/200/5/0']);
    expect(parseCells('chain/*/5/0')).toHaveLength(4);
    expect(parseCells('*/*/*/*')).toEqual(allCells);
    expect(parseCells('pair/0/5/0, pair/0/*/0')).toHaveLength(3);
  });

  it('are not chosen by a pattern that matches none', () => {
    expect(() => parseCells('pair/300/5/0')).toThrow(/'pair\/300\/5\/0'.*Did you mean 'pair\/200\/5\/0'/);
    expect(() => parseCells('pair/0/5')).toThrow(/No cell/);
  });

  it('of a quick run cover every topology, gap and both extremes of company', () => {
    expect(quickCells).toHaveLength(3 * 4 * 2);
  });
});

describe('the expected duration', () => {
  it('grows with cells, rounds and time per cell', () => {
    const plan = { cells: parseCells('pair/*/5/0'), rounds: 5, warmUpMs: 100, measureMs: 400 };
    const base = expectedSeconds(plan);
    expect(base).toBeGreaterThan((5 * 6 * 4 * 500) / 1_000);
    expect(expectedSeconds({ ...plan, rounds: 10 })).toBe(2 * base);
    expect(expectedSeconds({ ...plan, cells: parseCells('pair/*/5/*') })).toBeGreaterThan(2 * base);
  });
});

describe('the pause between calls', () => {
  it('gives the event loop a turn only when it is long enough for a timer', async () => {
    expect(pause(0)).toBeUndefined();
    expect(pause(20)).toBeUndefined();
    expect(pause(200)).toBeUndefined();
    await expect(pause(2_000)).resolves.toBeUndefined();
  });

  it.each([20, 200])('lasts at least %d µs', (us) => {
    const start = performance.now();
    void pause(us);
    expect((performance.now() - start) * 1_000).toBeGreaterThanOrEqual(us);
  });
});
