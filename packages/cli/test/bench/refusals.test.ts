/** What `doorcall bench` says before it calls anything. */
import { chmodSync, existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { doorcall } from '../support/command.js';
import { Shop } from './shop.js';

/** Told, not done, and nothing on standard output. */
function refusal(shop: Shop, ...args: readonly string[]): string {
  const { exitCode, stdout, stderr } = shop.bench(...args);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  return stderr;
}

describe('wrong usage', () => {
  it.each([
    [['--metod', 'place'], "unknown option '--metod'\n(Did you mean --method?)"],
    [[], 'which method? --method is one of orders/anything, orders/audit, '],
    [['--method', 'plcae'], "there is no method 'plcae'; did you mean 'place'?"],
    [['--method', 'orders/plcae'], "there is no method 'plcae' in orders; did you mean 'orders/place'?"],
    [['--method', 'order/place'], "there is no service 'order'; did you mean 'orders'?"],
    [['--method', 'zzzzzzzzzzzz'], "there is no method 'zzzzzzzzzzzz'; there are anything, audit, image, "],
    [
      ['--method', 'ping'],
      "several services have a method 'ping': --method is one of orders/ping, stock/ping",
    ],
    [['--method', 'upload'], 'orders/upload takes a stream of inputs, which bench does not make'],
    [
      ['--method', 'place'],
      'orders/place takes input: --input sample.json says with which values to call it',
    ],
    [['--method', 'orders/ping', '--input', 'order.json'], 'orders/ping takes no input: leave --input out'],
    [['--method', 'audit', '--sync'], 'orders/audit is oneway: only unary methods have a --sync form'],
    [['--method', 'slow', '--sync', '-c', '2'], 'a --sync call blocks the thread: one at a time, not -c 2'],
    [['--method', 'slow', '--seed', '2'], '--seed says when the calls of an open loop come: it needs --rate'],
    [['--arrivals', 'poisson'], '--arrivals says when the calls of an open loop come: it needs --rate'],
    [['--arrivals', 'bursts'], 'Allowed choices are uniform, poisson.'],
    [['-z', '10'], 'It has to be a time such as 500ms, 10s or 2m.'],
    [['-z', '0s'], 'It has to be a time such as'],
    [['-n', '0'], 'It has to be a whole number of at least 1.'],
    [['-c', '1.5'], 'It has to be a whole number of at least 1.'],
    [['--rate', '5k'], 'It has to be a number of calls a second, such as 5000.'],
    [['--rate', '0'], 'It has to be a number of calls a second'],
    [['--metadata', 'User=ada'], 'It has to be key=value; a key is of a-z'],
    [['--server-uid', 'root'], "It has to be a uid, or 'any'."],
    [['--json', 'nowhere/r.json'], 'It cannot be written (ENOENT).'],
    [['--html', '.'], 'It cannot be written (EISDIR).'],
  ])('%j', (args, message) => {
    expect(refusal(new Shop(), ...args)).toContain(message);
  });

  it('a module that is not there, or has no service', () => {
    const { folder } = new Shop({ 'empty.ts': 'export {};\n' }).made;
    for (const [file, message] of [
      ['order.service.ts', 'doorcall: order.service.ts: there is no such file\n'],
      ['empty.ts', 'no service is exported'],
    ] as const) {
      const { exitCode, stderr } = doorcall(folder, 'bench', file);
      expect(exitCode).toBe(2);
      expect(stderr).toContain(message);
    }
  });

  it('a service that calls its clients back', () => {
    const { folder } = new Shop({
      'chat.ts': `
        import { defineService } from '@doorcall/core';
        export const chat = defineService('chat', { join: {} }, { callbacks: { said: {} } });
      `,
    }).made;
    const { exitCode, stderr } = doorcall(folder, 'bench', 'chat.ts');
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^doorcall: chat calls its clients back, and bench has no handlers for that/);
  });
});

describe('wrong inputs', () => {
  const shop = (files: Readonly<Record<string, string>>) => new Shop(files);
  const place = ['--method', 'place', '--input'];

  it('are named by index and path, all of them', () => {
    const values = [{ sku: 'A', quantity: 1 }, { sku: 'B', quantity: 0 }, { sku: 7, quantity: 1.5 }, 'C'];
    expect(refusal(shop({ 'orders.json': JSON.stringify(values) }), ...place, 'orders.json')).toBe(
      'doorcall: orders.json: 3 of 4 values are not what orders/place takes:\n' +
        '  [1].quantity: Too small: expected number to be >0\n' +
        '  [2].sku: Invalid input: expected string, received number\n' +
        '  [2].quantity: Invalid input: expected int, received number\n' +
        '  [3]: Invalid input: expected object, received string\n',
    );
  });

  it('are named by line', () => {
    const lines = '{"sku":"A","quantity":1}\n\n{"sku":"A"}\n';
    expect(refusal(shop({ 'orders.ndjson': lines }), ...place, 'orders.ndjson')).toContain(
      '1 of 2 values are not what orders/place takes:\n  line 3: input.quantity: Invalid input: expected number',
    );
  });

  it('are cut off where they are many', () => {
    const values = Array.from({ length: 50 }, () => ({ sku: 'A' }));
    const text = refusal(shop({ 'orders.json': JSON.stringify(values) }), ...place, 'orders.json');
    expect(text).toContain('50 of 50 values');
    expect(text.split('\n')).toHaveLength(1 + 20 + 1 + 1);
    expect(text).toContain('  … and 30 more\n');
  });

  it('are judged as the kind of value they are', () => {
    const files = { 'one.json': '[1,"2"]', 'many.json': '[[1],["2"]]', 'none.json': '[]' };
    const total = ['--method', 'total', '--input'];
    expect(refusal(shop(files), ...total, 'one.json')).toContain(
      'it is not what orders/total takes:\n  input[1]: Invalid input: expected number, received string\n',
    );
    expect(refusal(shop(files), ...total, 'many.json')).toContain(
      '1 of 2 values are not what orders/total takes:\n  [1][0]: Invalid input: expected number, received string\n',
    );
    expect(refusal(shop(files), ...place, 'none.json')).toBe('doorcall: none.json: it holds no values\n');
  });

  it('are told how to give what JSON has not', () => {
    const text = refusal(
      shop({ 'odd.json': '{"at":"2020-01-01","bytes":"AA==","id":5}' }),
      ...['--method', 'odd', '--input', 'odd.json'],
    );
    expect(text).toContain('  input.at: Invalid input: expected date, received string\n');
    expect(text).toContain('  JSON has no dates, bytes, bigints, maps or sets: give them by a module');
    const module = shop({ 'odd.mjs': 'export default { at: 5 };\n' });
    expect(refusal(module, '--method', 'odd', '--input', 'odd.mjs')).not.toContain('JSON has no');
  });

  it.each([
    [
      'broken.json',
      '{\n  "sku": "A",\n  quantity: 1\n}\n',
      /^doorcall: broken\.json: it is no JSON: .*\(line 3/,
    ],
    ['broken.ndjson', '{"sku":"A"}\n{"sku":\n', /^doorcall: broken\.ndjson: line 2 is no JSON: /],
    ['empty.json', ' \n', /^doorcall: empty\.json: it is empty\n$/],
    ['none.mjs', 'export const value = 1;\n', /^doorcall: none\.mjs: it has no default export/],
    [
      'throws.mjs',
      'throw new Error("not today");\n',
      /^doorcall: throws\.mjs: it could not be loaded: Error: not today/,
    ],
  ])('%s', (file, text, message) => {
    expect(refusal(shop({ [file]: text }), ...place, file)).toMatch(message);
  });

  it('files that are not there', () => {
    expect(refusal(shop({}), ...place, 'orders.json')).toBe('doorcall: orders.json: there is no such file\n');
    expect(refusal(shop({}), ...place, '.')).toBe('doorcall: .: it cannot be read (EISDIR)\n');
  });
});

describe('no server', () => {
  it('is told as UNAVAILABLE, with where it was looked for; no file is written', () => {
    const shop = new Shop();
    const text = refusal(
      shop,
      '--method',
      'orders/ping',
      '--connect-timeout',
      '200ms',
      '--json',
      'result.json',
    );
    expect(text).toMatch(
      /^doorcall: UNAVAILABLE: no server of orders could be reached within 200 ms; tried .*services.*; is it running\? --directory says where to look for it\n$/,
    );
    expect(existsSync(shop.made.at('result.json'))).toBe(false);
  });
});

describe('a result that cannot be written', () => {
  it.skipIf(process.getuid?.() === 0)('is told before the run', () => {
    const shop = new Shop({ 'result.json': '' });
    chmodSync(shop.made.at('result.json'), 0o444);
    expect(refusal(shop, '--method', 'orders/ping', '--json', 'result.json')).toContain(
      'It cannot be written (EACCES).',
    );
  });

  it('is told after the run where it shows only then, and the figures are printed', async () => {
    const shop = new Shop();
    await shop.serve();
    const { exitCode, stdout, stderr } = shop.bench(
      '--method',
      'orders/ping',
      '-n',
      '5',
      '--json',
      '/dev/full',
    );
    expect(exitCode).toBe(2);
    expect(stdout).toContain('[OK]  5 calls');
    // Named as one would from here.
    expect(stderr).toMatch(/^doorcall: \S*\/dev\/full cannot be written \(ENOSPC\)\n$/);
  });
});
