/** Runs that end before their time. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Shop } from './shop.js';

const LONG = ['--method', 'orders/ping', '-z', '1h', '--warm-up', '0', '--json', 'result.json'];

const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0);

describe.each([
  ['closed', ['-c', '4']],
  ['open', ['--rate', '2000']],
  ['synchronous', ['--sync']],
])('a %s loop', (_, load) => {
  it('keeps what it has measured when the server dies, and ends when nobody takes its place', async () => {
    const shop = new Shop();
    const server = await shop.serve();
    const running = shop.start(...LONG, ...load, '--connect-timeout', '2s');
    await shop.calledOften('ping', 100);
    server.kill('SIGKILL');
    expect(await running.ended).toBe(1);
    const { ended, counts, errors, latency, unfinished, ...result } = shop.result();
    expect(ended).toBe('server gone');
    expect(counts.OK).toBeGreaterThanOrEqual(100);
    expect(latency.calls).toBe(counts.OK);
    // A synchronous call without a connection fails at once; the others wait for one, in vain.
    expect((counts.UNAVAILABLE ?? 0) + (counts.FAILED_PRECONDITION ?? 0)).toBeGreaterThan(0);
    expect(unfinished).toBe(0);
    expect(result.calls).toBe(Object.values(counts).reduce((sum, count) => sum + count, 0));
    // No rate divides by the time in which the dead server was looked for, which is 300 ms at least.
    expect(result.withoutServerMs).toBeGreaterThanOrEqual(300);
    expect(result.withoutServerMs).toBeLessThan(result.elapsedMs);
    const callingMs = result.elapsedMs - result.withoutServerMs!;
    expect((result.succeededPerSecond * callingMs) / 1_000).toBeCloseTo(counts.OK!, 3);
    expect(errors.reduce((sum, { count }) => sum + count, 0)).toBe(
      Object.values(counts).reduce((sum, count) => sum + count, 0) - (counts.OK ?? 0),
    );
    const text = await running.until('the run has ended early');
    expect(text).toMatch(/\[(UNAVAILABLE|FAILED_PRECONDITION)\] +[\d,]+ calls?/);
    expect(text).toMatch(/Without a server: +\d/);
    expect(text).toContain('[OK]');
  });

  it('goes on when another server takes its place', async () => {
    const shop = new Shop();
    const server = await shop.serve();
    const running = shop.start(...LONG, ...load, '--connect-timeout', '50s');
    await shop.calledOften('ping', 100);
    server.kill('SIGKILL');
    const next = await shop.serve();
    while (((await shop.counts(next)).ping ?? 0) < 100);
    expect(await running.end('SIGINT')).toBe(130);
    const { counts, unfinished } = shop.result();
    expect(counts.OK).toBeGreaterThan(100);
    // Of what the servers were called, each lost the answers that were on their way at its end, or at that of the run.
    expect(sum(Object.values(counts)) + unfinished).toBeGreaterThanOrEqual(200);
  });

  it('tells and saves what it has measured at Ctrl-C', async () => {
    const shop = new Shop();
    await shop.serve();
    const running = shop.start(...LONG, ...load, '--html', 'result.html');
    await shop.calledOften('ping', 100);
    expect(await running.end('SIGINT')).toBe(130);
    expect(await running.until('Interrupted: the figures are of a part of the run')).toContain('[OK]');
    const result = shop.result();
    expect(result.ended).toBe('interrupted');
    // Some of them were on their way, more or less of them as this process got its turns.
    expect(result.counts.OK).toBeGreaterThan(0);
    expect(sum(Object.values(result.counts)) + result.unfinished).toBeGreaterThanOrEqual(100);
    expect(readFileSync(shop.made.at('result.html'), 'utf8')).toContain('Interrupted: ');
  });
});

it('says so when it is interrupted before anything was measured', async () => {
  const shop = new Shop();
  await shop.serve();
  const running = shop.start('--method', 'orders/ping', '--warm-up', '1h');
  await shop.calledOften('ping', 10);
  expect(await running.end('SIGTERM')).toBe(130);
  await running.until('Interrupted before anything was measured.');
});
