import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LabResults, pointKey, ResultsFileError, readResults } from '../../src/lab/results.js';

const results: LabResults = {
  format: 'doorcall-lab',
  version: 2,
  command: 'npm run bench -- latency',
  environment: {
    cpu: 'x',
    cores: 2,
    kernel: '6',
    node: 'v20',
    governor: null,
    virtualisation: null,
    commit: null,
    loadBefore: [0, 0, 0],
    date: '2025-01-01T00:00:00.000Z',
  },
  noise: { trusted: true, reasons: [], spinSpreadPercent: 1, loadAfter: 0.5, stolenPercent: null },
  rounds: 2,
  interrupted: false,
  transports: {
    doorcall: { kind: 'ours', summary: 'us', version: '1', remarks: { p50Us: 'with a song' } },
  },
  trials: [
    {
      suite: 'latency',
      point: { series: 'typed', payloadBytes: 64 },
      transport: 'doorcall',
      round: 0,
      figures: { p50Us: 2 },
      latencies: { histogram: 'x', sumNs: 1 },
      generator: {
        ...{ due: 3, neverStarted: 1, keptUp: false },
        ...{ latenessP50Us: 1, latenessP99Us: 2, latenessMaxUs: 3 },
      },
    },
  ],
  gaps: [{ suite: 'cost', transport: 'doorcall', figure: 'p99Us', reason: 'died' }],
};
const [trial] = results.trials;

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'bench-results-'));
  file = join(directory, 'results.json');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function readBack(content: unknown) {
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return readResults(file);
}

describe('readResults', () => {
  it('gives back what a run wrote', () => {
    expect(readBack(results)).toEqual(results);
  });

  it('passes over what a later minor addition may bring', () => {
    expect(readBack({ ...results, more: 1, noise: { ...results.noise, more: 1 } })).toEqual(results);
  });

  it.each([
    ['is not JSON', '{"format":', /not JSON: .+/],
    [
      'is of another kind',
      { environment: {}, results: [] },
      /not a results file of the lab: it has no "format"/,
    ],
    ['is of another format', { ...results, format: 'ghz' }, /its format is "ghz", not "doorcall-lab"/],
    [
      'is of another version',
      { ...results, version: 3 },
      /results of version 3; this program reads version 2\.$/,
    ],
    [
      'is older',
      { ...results, version: 1 },
      /results of version 1; this program reads version 2\. What is measured has changed since: measure anew/,
    ],
    [
      'names a figure that there is not among its gaps',
      { ...results, gaps: [{ ...results.gaps[0], figure: 'p98Us' }] },
      /: gaps\[0\]\.figure: Invalid option/,
    ],
    ['is null', null, /not a results file of the lab/],
    ['lacks a part', { ...results, noise: undefined }, /: noise: Invalid input/],
    [
      'has a point that no suite has',
      { ...results, trials: [{ ...trial, point: { series: 'typ' } }] },
      /: trials\[0\]\.point\.series: Invalid option/,
    ],
    [
      'has a dimension that this program would drop',
      { ...results, trials: [{ ...trial, point: { threads: 2 } }] },
      /: trials\[0\]\.point: Unrecognized key: "threads"/,
    ],
    [
      'has a figure that is not a number',
      { ...results, trials: [{ ...trial, figures: { p50Us: '2' } }] },
      /: trials\[0\]\.figures\.p50Us: Invalid input/,
    ],
    [
      'measures a transport that it does not describe',
      { ...results, trials: [{ ...trial, transport: 'undici' }] },
      /: trials\[0\]\.transport: 'undici' is not among the file's transports/,
    ],
    [
      'has two trials of the same in one round, whatever the order of the fields',
      { ...results, trials: [trial, { ...trial, point: { payloadBytes: 64, series: 'typed' } }] },
      /: trials\[1\]: measures the same as trials\[0\], in the same round/,
    ],
  ])('refuses one that %s, and says where', (_, content, message) => {
    const act = () => readBack(content);
    expect(act).toThrow(ResultsFileError);
    expect(act).toThrow(message);
    expect(act).toThrow(file);
  });

  it('says how many more problems there are', () => {
    expect(() => readBack({ ...results, rounds: -1, command: 1 })).toThrow(/command: .*\(and 1 more\)$/);
  });

  it('names a file that is not there', () => {
    expect(() => readResults(join(directory, 'none.json'))).toThrow(
      /none\.json: it cannot be read \(ENOENT\)/,
    );
    expect(() => readResults(directory)).toThrow(/cannot be read \(EISDIR\)/);
  });
});

describe('pointKey', () => {
  it('does not depend on the order of fields, and does on their values', () => {
    expect(pointKey({ series: 'typed', payloadBytes: 64 })).toBe(
      pointKey({ payloadBytes: 64, series: 'typed' }),
    );
    expect(pointKey({ payloadBytes: 64 })).not.toBe(pointKey({ payloadBytes: 65 }));
    expect(pointKey({})).not.toBe(pointKey({ busy: 0 }));
  });
});
