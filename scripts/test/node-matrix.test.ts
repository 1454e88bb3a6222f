import { describe, expect, it } from 'vitest';
import { columns, columnsNamed, isWhole, tableOf, versionProblem } from '../lib/node-matrix.mjs';

const good = { passed: 3, failed: 0 };
const bad = { passed: 2, failed: 1 };
const nothing = { passed: 0, failed: 0 };
const all = (counts: object) => Object.fromEntries(columns.map((column) => [column, counts]));

describe('the matrix of Node versions', () => {
  it('names what could not be fetched, what failed, and what did not run', () => {
    const rows = [
      { version: '20.1.0', counts: { ...all(good), leaks: bad, faults: nothing } },
      { version: '99.0.0', missing: 'could not be fetched' },
    ];
    expect(tableOf(rows, ['leaks', 'faults', 'overload']).split('\n')).toEqual([
      '| Node | leaks | faults | overload |',
      '| --- | --- | --- | --- |',
      '| 20.1.0 | 2 passed, 1 failed | nothing ran | 3 passed, 0 failed |',
      '| 99.0.0 | could not be fetched | could not be fetched | could not be fetched |',
    ]);
  });

  it('is whole when every form of every version has passed', () => {
    const whole = { version: '20.1.0', counts: all(good) };
    expect(isWhole([whole, whole], columns)).toBe(true);
    expect(isWhole([whole, { version: '99.0.0', missing: 'could not be fetched' }], columns)).toBe(false);
    expect(isWhole([{ version: '20.1.0', counts: { ...all(good), leaks: bad } }], columns)).toBe(false);
    expect(isWhole([{ version: '20.1.0', counts: { ...all(good), leaks: nothing } }], columns)).toBe(false);
  });

  it('refuses versions that are too old, by name, and what is no version', () => {
    for (const name of ['20', '22', '20.20.0', '26.1', '27'])
      expect(versionProblem(name), name).toBeUndefined();
    for (const name of ['18', '20.9.0', '18.20'])
      expect(versionProblem(name)).toBe(`Node ${name} is not supported: package.json's engines say >=20.20.`);
    expect(versionProblem('leaks')).toBe('leaks is no version of Node.');
  });

  it('runs some forms by their first word', () => {
    expect(columnsNamed(undefined)).toEqual(columns);
    expect(columnsNamed('leaks,unit')).toEqual(['leaks', 'unit and process tests']);
    expect(() => columnsNamed('leeks')).toThrow('there is no leeks: unit and process tests, ');
  });
});
