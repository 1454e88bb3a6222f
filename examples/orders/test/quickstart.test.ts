import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const MAIN = fileURLToPath(new URL('../dist/quickstart/main.js', import.meta.url));

async function quickstart(temporary: string) {
  const child = spawn(process.execPath, [MAIN], { env: { ...process.env, TMPDIR: temporary } });
  const ended = once(child, 'close');
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = await ended;
  return { code, output, errors };
}

test('the quickstart places orders, compares the transports and leaves nothing behind', async () => {
  const temporary = mkdtempSync(path.join(tmpdir(), 'doorcall-quickstart-'));
  onTestFinished(() => rmSync(temporary, { recursive: true, force: true }));
  const { code, output, errors } = await quickstart(temporary);
  expect(errors).toBe('');
  expect(output).toContain('inventory.reserve from orders');
  expect(output).toContain('"error":"OUT_OF_STOCK"');
  expect(output).toMatch(/doorcall +\d+ +[\d.]+ us +[\d.]+ us +[\d.]+ x faster/);
  expect(output).toMatch(/loopback HTTP +\d+ +[\d.]+ us +[\d.]+ us/);
  expect(code).toBe(0);
  expect(readdirSync(temporary)).toEqual([]);
});

test('the quickstart says in one sentence what went wrong', async () => {
  const { code, errors } = await quickstart('/nowhere');
  expect(errors.trim().split('\n')).toEqual([
    expect.stringMatching(/^quickstart: failed: ENOENT: .*\/nowhere/),
  ]);
  expect(code).toBe(1);
});
