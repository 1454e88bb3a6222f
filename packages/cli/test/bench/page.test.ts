import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { Shop } from './shop.js';

async function page(...args: readonly string[]): Promise<string> {
  const shop = new Shop({ 'text.json': '{"text":"x"}' });
  await shop.serve();
  shop.bench(...args, '--html', 'page.html');
  return readFileSync(shop.made.at('page.html'), 'utf8');
}

it('shows everything on one page that loads nothing', async () => {
  const html = await page('--method', 'orders/ping', '-n', '500', '--rate', '2000');
  expect(html).toMatch(/^<!doctype html>\n<html lang="en">/);
  expect(html).toContain('<meta name="viewport" content="width=device-width, initial-scale=1">');
  expect(html).toContain('prefers-color-scheme: dark');
  // Nothing that could be fetched, and nothing that runs.
  expect(html).not.toMatch(/<script|<link(?! rel="icon" href="data:,")|<img|@import|url\((?!#)/);
  expect(html.match(/https?:[^"']*/g)?.filter((url) => !url.startsWith('http://www.w3.org/'))).toEqual([]);
  // Both pictures, for wide and narrow screens, each with words instead.
  expect(html.match(/<svg /g)).toHaveLength(4);
  expect(html.match(/role="img" aria-label="[^"]+"/g)).toHaveLength(4);
  for (const text of ['Count', '500', '99.9 %', 'Never started', '--rate 2000', 'var(--data)']) {
    expect(html).toContain(text);
  }
  expect(html).toMatch(/<th scope="row">OK<\/th><td>500<\/td>/);
});

it('has tables without pictures where nothing succeeded, and lets no text be markup', async () => {
  const html = await page('--method', 'slow', '-n', '1', '--timeout', '20ms', '--metadata', 'x=<b>"&');
  expect(html).not.toContain('<svg');
  expect(html).toContain('DEADLINE_EXCEEDED: orders/slow was not answered within 20 ms');
  expect(html).toContain('x=&lt;b&gt;');
  expect(html).not.toContain('<b>');
});

it('draws a single call', async () => {
  const html = await page('--method', 'orders/ping', '-n', '1');
  expect(html.match(/<svg /g)).toHaveLength(4);
  expect(html).not.toMatch(/NaN|undefined|Infinity/);
});
