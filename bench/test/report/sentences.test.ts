import { describe, expect, it } from 'vitest';
import type { LabResults, MeasuredTransport, Trial } from '../../src/lab/results.js';
import { runsOf } from '../../src/report/input.js';
import { statementsOf } from '../../src/report/words/sentences.js';
import { rounds, runOf } from '../lab/made-up.js';

const ours: MeasuredTransport = { kind: 'ours', summary: '', version: '' };
const peer: MeasuredTransport = { kind: 'peer', summary: '', version: '' };
const transports = {
  'doorcall-gen': ours,
  undici: peer,
  raw: { ...peer, doesLess: 'no checks' },
  floor: { ...peer, kind: 'floor' as const, doesLess: 'bytes only' },
};

function sentences(trials: readonly Trial[], parts: Partial<LabResults> = {}): string[] {
  const [run] = runsOf([{ file: 'x.json', results: runOf(trials, { transports, ...parts }) }]);
  return statementsOf(run!).flatMap(({ text, lines = [] }) => [text, ...lines.map((line) => `- ${line}`)]);
}

const order = (transport: string, ...values: number[]) =>
  rounds('throughput', { concurrency: 1 }, transport, 'p50Us', values);
const six = (value: number) => [value, value * 1.01, value * 0.99, value, value * 1.02, value * 0.98];

describe('latency', () => {
  it('is told with the ratio and its interval, the largest first', () => {
    const said = sentences([
      ...order('doorcall-gen', ...six(2)),
      ...order('raw', ...six(10)),
      ...order('undici', ...six(100)),
    ]);
    expect(said.slice(0, 3)).toEqual([
      'doorcall-gen answers an order in 2.00 µs (p50, one call at a time):',
      '- 50 × faster than undici (95 %: 50–50), which takes 100 µs',
      '- 5.0 × faster than raw * (95 %: 5.0–5.0), which takes 10.0 µs',
    ]);
  });

  it('says so when a peer is faster, or as fast as the rounds can tell', () => {
    const said = sentences([
      ...order('doorcall-gen', 4, 5, 6),
      ...order('raw', 2, 2, 2),
      ...order('undici', 5, 5, 5),
    ]);
    expect(said.slice(1, 3)).toEqual([
      '- about as fast as undici (1.00 ×, 3 rounds: 0.83–1.25), which takes 5.00 µs',
      '- 2.5 × slower than raw * (3 rounds: 2.0–3.0), which takes 2.00 µs',
    ]);
  });

  it('takes a small document where no order was measured', () => {
    const point = { series: 'typed', payloadBytes: 64 } as const;
    expect(sentences(rounds('latency', point, 'doorcall-gen', 'p50Us', [3]))[0]).toContain(
      'a document of 64 B in 3.00 µs',
    );
  });
});

describe('throughput', () => {
  it('compares rates the other way round', () => {
    const rate = (transport: string, ...values: number[]) =>
      rounds('throughput', { concurrency: 64 }, transport, 'callsPerSecond', values);
    expect(
      sentences([
        ...rate('doorcall-gen', ...six(600_000)),
        ...rate('undici', ...six(30_000)),
        ...rate('raw', ...six(900_000)),
      ]),
    ).toEqual([
      'doorcall-gen carries 600\u202f000 orders a second with 64 in flight:',
      '- 20 × as many as undici (95 %: 20–20), which carries 30\u202f000/s',
      '- 1.50 × fewer than raw * (95 %: 1.50–1.50), which carries 900\u202f000/s',
      'Where doorcall-gen loses by more than 5 %: in 1 of 2 comparisons with peers.',
      '- raw * is better in throughput, 64 in flight, calls/s 1.50 × (95 %: 1.50–1.50)',
    ]);
  });
});

describe('the hand-off test', () => {
  const rate = (transport: string, busy: number, ...values: number[]) =>
    rounds('handoff', { busy }, transport, 'callsPerSecond', values);
  const most = (kept: number) =>
    sentences([
      ...rate('doorcall-gen', 0, 100, 200, 300),
      ...rate('doorcall-gen', 4, 100 * kept, 200 * kept, 300 * kept),
      ...rate('undici', 0, 10),
      ...rate('undici', 4, 3),
    ]);

  it('says what remains of the rate, and whether that is what one demands', () => {
    expect(most(0.7).slice(0, 2)).toEqual([
      'Beside compute-bound processes, doorcall-gen keeps at worst 70 % of its rate (3 rounds: 70–70 %), more than the classic demand of half; that is beside 4.',
      '- undici: 30 % of its rate (one round) beside 4',
    ]);
    expect(most(0.4)[0]).toContain('less than the classic demand of half');
  });

  it('takes the number of processes beside which each keeps least, not the largest', () => {
    const [own, ...others] = sentences([
      ...rate('doorcall-gen', 0, 100),
      ...rate('doorcall-gen', 1, 40),
      ...rate('doorcall-gen', 4, 80),
      ...rate('undici', 0, 10),
      ...rate('undici', 1, 9),
      ...rate('undici', 2, 3),
      ...rate('undici', 4, 6),
    ]);
    expect(own).toContain('keeps at worst 40 % of its rate (one round), less than');
    expect(own).toContain('beside 1.');
    expect(others).toContain('- undici: 30 % of its rate (one round) beside 2');
  });
});

describe('the floor', () => {
  it('is what ours is measured against, not a peer', () => {
    const bytes = (transport: string, ...values: number[]) =>
      rounds('latency', { series: 'bytes', payloadBytes: 64 }, transport, 'p50Us', values);
    expect(
      sentences([
        ...bytes('doorcall-gen', ...six(2)),
        ...bytes('floor', ...six(0.5)),
        ...bytes('undici', ...six(20)),
      ]),
    ).toEqual([
      'The floor is what programs in C++ need that only exchange bytes. For 64 B doorcall-gen takes 2.00 µs:',
      '- 4.0 × as long as floor * (95 %: 4.0–4.0), which takes 0.50 µs',
      'No peer was faster or cheaper than doorcall-gen by more than 5 % in any of 1 comparison.',
    ]);
  });
});

describe('losses', () => {
  it('are told for all main figures, by the bare figures when there is one round', () => {
    const cost = (transport: string, KiB: number) =>
      rounds('cost', {}, transport, 'memoryKiBPerConnection', [KiB]);
    expect(sentences([...cost('doorcall-gen', 20), ...cost('undici', 4)])).toEqual([
      'Where doorcall-gen loses by more than 5 %: in 1 of 1 comparison with peers.',
      '- undici is better in cost, memory per connection 5.0 × (one round)',
    ]);
    expect(sentences([...cost('doorcall-gen', 4), ...cost('undici', 20)])).toEqual([
      'No peer was faster or cheaper than doorcall-gen by more than 5 % in any of 1 comparison.',
    ]);
  });
});

describe('losses by a few percent, or within the interval', () => {
  it('are not told', () => {
    const chain = (transport: string, ...values: number[]) => rounds('chain', {}, transport, 'p50Us', values);
    const said = sentences([
      ...chain('doorcall-gen', ...six(100)),
      ...chain('undici', ...six(97)),
      ...chain('raw', 90, 90, 110),
    ]);
    expect(said).toEqual([
      'No peer was faster or cheaper than doorcall-gen by more than 5 % in any of 2 comparisons.',
    ]);
  });
});

it('says nothing of a run without any of ours', () => {
  expect(sentences(order('undici', 1))).toEqual([]);
});
