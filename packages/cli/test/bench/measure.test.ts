/** `doorcall bench` against a server in another process. */
import { writeFileSync } from 'node:fs';
import { Latencies } from '@doorcall/load';
import { describe, expect, it } from 'vitest';
import { doorcall } from '../support/command.js';
import { Shop } from './shop.js';

const MANY = JSON.stringify(['A', 'B', 'C'].map((sku) => ({ sku, quantity: 1 })));

describe('a closed loop', () => {
  it('makes exactly the calls that were asked for, and tells them as ghz would', async () => {
    const shop = new Shop({ 'many.json': MANY });
    await shop.serve();
    const { exitCode, stdout, stderr, result } = shop.measure(
      ...['--method', 'place', '--input', 'many.json', '-n', '300', '-c', '16', '--connections', '3'],
      ...['--metadata', 'user=ada', '--metadata', 'trace-id=1=2'],
    );
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: 'Written: result.json\n' });
    expect(await shop.counts()).toEqual({ 'place A ada': 100, 'place B ada': 100, 'place C ada': 100 });
    expect(stdout).toMatch(
      /^orders\/place, 3 values: closed loop, 16 at a time, 300 calls, 3 connections\n\nSummary:\n {2}Count: +300\n {2}Total: +\S+ m?s\n/,
    );
    for (const row of ['Slowest', 'Fastest', 'Average'])
      expect(stdout).toMatch(new RegExp(`  ${row}: +\\S+ [µm]?s\n`));
    expect(stdout).toMatch(/ {2}Requests\/sec: +[\d,.]+\n/);
    expect(stdout).toMatch(/Response time histogram .*:\n( +\S+ [µm]?s \[\d+\] +\|∎*\n){10}/);
    expect(stdout).toMatch(/ {4}10 % in +\S+ [µm]?s\n/);
    expect(stdout).toMatch(/ {2}99\.9 % in +\S+ [µm]?s\n/);
    expect(stdout).toContain('Status code distribution:\n  [OK]  300 calls\n');
    expect(result).toMatchObject({
      format: 'doorcall-bench',
      method: 'orders/place',
      kind: 'unary',
      values: 3,
      load: { loop: 'closed', concurrency: 16, requests: 300 },
      connections: 3,
      warmUpMs: 0,
      ended: 'complete',
      calls: 300,
      counts: { OK: 300 },
      errors: [],
    });
    expect(result.command).toMatch(/^doorcall bench orders\.service\.ts --directory \S+ --method place /);
    expect(result.callsPerSecond).toBeCloseTo((300 / result.elapsedMs) * 1_000, 6);
    expect(result.histogram.reduce((sum, bin) => sum + bin.count, 0)).toBe(300);
    const latencies = Latencies.merge([result.latencies]);
    expect(latencies.summary()).toEqual(result.latency);
    expect(result.percentiles.map(({ percent }) => percent)).toEqual([10, 25, 50, 75, 90, 95, 99, 99.9]);
    for (const { percent, us } of result.percentiles) expect(us).toBe(latencies.percentileUs(percent));
  });

  it('warms up before it measures for a time, longer than it would wait for a server', async () => {
    const shop = new Shop();
    await shop.serve();
    const { stdout, result } = shop.measure(
      ...['--method', 'orders/ping', '-z', '2500ms', '--warm-up', '100ms', '--connect-timeout', '2s'],
    );
    expect(stdout).toMatch(/^orders\/ping: closed loop, 1 at a time for 2\.5 s, after 100 ms of warm-up\n/);
    expect(result.elapsedMs).toBeGreaterThanOrEqual(2_500);
    expect(result.ended).toBe('complete');
    const { ping = 0 } = await shop.counts();
    expect(result.calls).toBeGreaterThan(0);
    expect(ping).toBeGreaterThan(result.calls);
  });

  it('counts calls that fail by code and by message, and ends with 1', async () => {
    const values = [1, 100, 1, 100].map((quantity) => ({ sku: 'A', quantity }));
    const shop = new Shop({ 'some.json': JSON.stringify(values) });
    await shop.serve();
    const { exitCode, stdout, result } = shop.measure(
      '--method',
      'place',
      '--input',
      'some.json',
      '-n',
      '100',
    );
    expect(exitCode).toBe(1);
    expect(result).toMatchObject({
      counts: { OK: 50, FAILED_PRECONDITION: 50 },
      errors: [{ code: 'FAILED_PRECONDITION', reason: 'OUT_OF_STOCK', message: 'OUT_OF_STOCK', count: 50 }],
      latency: { calls: 50 },
    });
    expect(Latencies.merge([result.failures]).calls).toBe(50);
    expect(stdout).toMatch(/ {2}\[OK\] +50 calls\n {2}\[FAILED_PRECONDITION\] +50 calls\n/);
    expect(stdout).toContain('Error distribution:\n  [50] FAILED_PRECONDITION: OUT_OF_STOCK\n');
    expect(stdout).toMatch(
      /The times are those of calls that succeeded; 50 calls that failed, after .* are not among/,
    );
    expect(stdout).toMatch(/Succeeded\/sec: /);
  });

  it('gives up a call after its timeout', async () => {
    const shop = new Shop();
    await shop.serve();
    const { exitCode, result } = shop.measure('--method', 'slow', '-n', '4', '-c', '2', '--timeout', '60ms');
    expect(exitCode).toBe(1);
    expect(result.counts).toEqual({ DEADLINE_EXCEEDED: 4 });
    expect(result.errors[0]?.message).toBe('orders/slow was not answered within 60 ms');
    expect(result.latency.calls).toBe(0);
  });

  it('talks to the instance that was named', async () => {
    const shop = new Shop();
    const main = await shop.serve();
    const other = await shop.serve('other');
    shop.measure('--method', 'orders/ping', '-n', '20', '--instance', 'other');
    expect([await shop.counts(main), await shop.counts(other)]).toEqual([{}, { ping: 20 }]);
  });
});

describe('an open loop', () => {
  it.each([['uniform'], ['poisson']])('makes as many calls as are due, %s', async (arrivals) => {
    const shop = new Shop();
    await shop.serve();
    const { exitCode, stdout, result } = shop.measure(
      ...[
        '--method',
        'orders/ping',
        '-n',
        '200',
        '--rate',
        '1000',
        '-c',
        '16',
        '--arrivals',
        arrivals,
        '--seed',
        '7',
      ],
    );
    expect(exitCode).toBe(0);
    expect(await shop.counts()).toEqual({ ping: 200 });
    const chance = arrivals === 'poisson' ? ' by chance' : '';
    expect(stdout).toContain(
      `orders/ping: open loop, 1,000 calls a second${chance}, 200 calls, up to 16 in flight\n`,
    );
    expect(stdout).toMatch(/ {2}Due: +200\n {2}Never started: +0\n {2}Begun late by: +\S+ [µnm]?s \(p50\), /);
    expect(result).toMatchObject({
      load: { loop: 'open', ratePerSecond: 1_000, maxInFlight: 16, arrivals, seed: 7 },
      calls: 200,
      generator: { due: 200, neverStarted: 0, lateness: { calls: expect.any(Number) } },
    });
  });

  it('says how many calls never started', async () => {
    const shop = new Shop();
    await shop.serve();
    const { stdout, result } = shop.measure(
      ...[
        '--method',
        'slow',
        '-z',
        '200ms',
        '--warm-up',
        '0',
        '--rate',
        '500',
        '-c',
        '3',
        '--timeout',
        '400ms',
      ],
    );
    expect(result).toMatchObject({
      counts: { DEADLINE_EXCEEDED: 3 },
      generator: { due: 100, neverStarted: 97 },
    });
    expect(stdout).toContain('97 of 100 calls that were due (97.0 %) never started');
  });
});

describe('methods of every kind', () => {
  it('synchronous calls', async () => {
    const shop = new Shop();
    await shop.serve();
    const { stdout, result } = shop.measure('--method', 'orders/ping', '--sync', '-n', '50');
    expect(stdout).toMatch(/^orders\/ping: closed loop, 1 at a time, 50 calls, synchronous\n/);
    expect(result).toMatchObject({ sync: true, counts: { OK: 50 } });
    const open = shop.measure('--method', 'orders/ping', '--sync', '-n', '50', '--rate', '500');
    expect(open.result).toMatchObject({ sync: true, counts: { OK: 50 }, generator: { due: 50 } });
    expect(await shop.counts()).toEqual({ ping: 100 });
  });

  it('one-way calls, all of which arrive', async () => {
    const shop = new Shop({ 'text.json': '{"text":"x"}' });
    await shop.serve();
    const { stdout } = shop.measure('--method', 'audit', '--input', 'text.json', '-n', '500', '-c', '8');
    expect(stdout).toContain('A one-way call ends when its message is on its way');
    await shop.calledOften('audit x', 500);
    expect(await shop.counts()).toEqual({ 'audit x': 500 });
  });

  it('streams, each read to its end', async () => {
    const shop = new Shop({ 'watch.json': '{"items":30}' });
    await shop.serve();
    const { stdout, result } = shop.measure(
      '--method',
      'watch',
      '--input',
      'watch.json',
      '-n',
      '20',
      '-c',
      '4',
    );
    expect(result).toMatchObject({ kind: 'server-streaming', counts: { OK: 20 }, items: 600 });
    expect(stdout).toMatch(/^orders\/watch, server-streaming: /);
    expect(stdout).toMatch(/ {2}Items: +600\n {2}Items\/sec: /);
  });

  it('answers with memory in them, which is given back', async () => {
    const shop = new Shop();
    await shop.serve();
    // A client holds 256 MiB at most.
    expect(shop.measure('--method', 'image', '-n', '300').result.counts).toEqual({ OK: 300 });
  });

  it('a service with other methods beside, without input', async () => {
    const shop = new Shop();
    await shop.serve();
    expect(shop.measure('--method', 'take', '-n', '3').exitCode).toBe(0);
    expect(await shop.counts()).toEqual({ 'take undefined': 3 });
  });

  it('generated code', async () => {
    const shop = new Shop();
    await shop.serve();
    expect(doorcall(shop.made.folder, 'gen', 'orders.service.ts').exitCode).toBeLessThan(2);
    const { exitCode, stderr } = doorcall(
      shop.made.folder,
      ...['bench', 'stock.gen.ts', '--method', 'ping', '-n', '10', '--directory', shop.made.at('services')],
    );
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });
});

describe('inputs', () => {
  it('from lines, with or without a name that says so, or standard input', async () => {
    const lines = '{"sku":"A","quantity":1}\n\n{"sku":"B","quantity":1}\n';
    const shop = new Shop({ 'orders.ndjson': lines, 'orders.txt': lines });
    await shop.serve();
    for (const file of ['orders.ndjson', 'orders.txt']) {
      expect(shop.measure('--method', 'place', '--input', file, '-n', '10').result.values).toBe(2);
    }
    const running = shop.start('--method', 'place', '--input', '-', '-n', '10', '--json', 'result.json');
    running.write(lines);
    await running.until('[OK]  10 calls');
    expect(await shop.counts()).toEqual({ 'place A': 15, 'place B': 15 });
  });

  it('an array is one value where the method takes it so', async () => {
    const shop = new Shop({ 'numbers.json': '[1,2,3]', 'lists.json': '[[1],[1,2]]' });
    await shop.serve();
    expect(shop.measure('--method', 'total', '--input', 'numbers.json', '-n', '4').result.values).toBe(1);
    expect(shop.measure('--method', 'total', '--input', 'lists.json', '-n', '4').result.values).toBe(2);
    expect(await shop.counts()).toEqual({ 'total 3': 4, 'total 1': 2, 'total 2': 2 });
    // What could be either is one.
    expect(shop.measure('--method', 'anything', '--input', 'lists.json', '-n', '4').result.values).toBe(1);
    expect(await shop.counts()).toMatchObject({ '[[1],[1,2]]': 4 });
  });

  it.each(['values.mjs', 'values.ts'])('what JSON has not, from %s', async (file) => {
    const values = '[1, 2].map((n) => ({ at: new Date(n), bytes: new Uint8Array(n), id: 10n ** 20n }))';
    const shop = new Shop({ [file]: `export default ${values};\n` });
    await shop.serve();
    expect(shop.measure('--method', 'odd', '--input', file, '-n', '4').result.values).toBe(2);
    expect(await shop.counts()).toEqual({
      'odd 1 1 100000000000000000000': 2,
      'odd 2 2 100000000000000000000': 2,
    });
  });

  it('what the contract makes of JSON', async () => {
    const shop = new Shop();
    await shop.serve();
    writeFileSync(shop.made.at('at.json'), '"2020-01-01T00:00:00Z"');
    shop.measure('--method', 'take', '--input', 'at.json', '-n', '2');
    expect(await shop.counts()).toEqual({ [`take ${Date.UTC(2020, 0, 1)}`]: 2 });
  });
});
