import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { LedgerReader } from '../src/ledger/reader.js';
import { callIdOf, LedgerFile, RECORD_BYTES, What } from '../src/ledger/record.js';

function ledger(): string {
  const folder = mkdtempSync(join(tmpdir(), 'doorcall-soak-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'one.ledger');
}

test('what is written is read, while it is being written', () => {
  const path = ledger();
  const reader = new LedgerReader(path);
  onTestFinished(() => reader.close());
  expect([...reader.entries()]).toEqual([]);
  const file = new LedgerFile(path);
  onTestFinished(() => file.close());
  file.write(callIdOf(7, 4_000_000_000), What.failed, 14);
  const first = { client: 7, sequence: 4_000_000_000, what: What.failed, code: 14 };
  expect([...reader.entries()]).toEqual([first]);
  expect([...reader.entries()]).toEqual([]);
  for (let i = 0; i < 20_000; i += 1) file.write(callIdOf(1, i), What.begun);
  expect([...reader.entries()].map(({ sequence }) => sequence)).toEqual(
    Array.from({ length: 20_000 }, (_, i) => i),
  );
});

test('a record that is half there is read when it is whole', () => {
  const path = ledger();
  const reader = new LedgerReader(path);
  onTestFinished(() => reader.close());
  const record = Buffer.alloc(RECORD_BYTES, 1);
  appendFileSync(path, record.subarray(0, 5));
  expect([...reader.entries()]).toEqual([]);
  appendFileSync(path, record.subarray(5));
  expect([...reader.entries()]).toHaveLength(1);
});
