import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RpcError, type StatusCode } from '@doorcall/core';
import { expect, onTestFinished, test } from 'vitest';
import { Auditor } from '../src/ledger/auditor.js';
import { LedgerReader } from '../src/ledger/reader.js';
import { What } from '../src/ledger/record.js';
import { Accounts } from '../src/load/accounts.js';

/** What a client's accounts complain of, and an auditor who reads its ledger. */
function open() {
  const folder = mkdtempSync(join(tmpdir(), 'doorcall-soak-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const ledger = join(folder, 'one.ledger');
  const violations: string[] = [];
  const accounts = new Accounts(1, ledger, (words) => violations.push(words));
  const reader = new LedgerReader(ledger);
  onTestFinished(() => {
    accounts.close();
    reader.close();
  });
  const auditor = new Auditor();
  return {
    accounts,
    violations,
    auditor,
    audit: (executed: readonly number[] = []) =>
      auditor.audit(
        reader.entries(),
        executed.map((sequence) => ({ client: 1, sequence, what: What.executed, code: 0 })),
      ),
  };
}

const failing = (code: StatusCode) => () => Promise.reject(new RpcError(code, 'as the test says'));

test.each([
  ['unary', 'UNAVAILABLE'],
  ['blob', 'RESOURCE_EXHAUSTED'],
  ['cancelled', 'DEADLINE_EXCEEDED'],
  ['cancelled', 'CANCELLED'],
] as const)('%s may end with %s', async (kind, code) => {
  const { accounts, violations } = open();
  await accounts.call(kind, failing(code));
  expect(violations).toEqual([]);
});

// An answer that is lost shows by nothing but its deadline, and a connection that was cut by UNAVAILABLE.
test.each([
  ['unary', 'DEADLINE_EXCEEDED'],
  ['blocking', 'DEADLINE_EXCEEDED'],
  ['stream', 'CANCELLED'],
  ['unary', 'INTERNAL'],
  ['ordered', 'DEADLINE_EXCEEDED'],
  ['ordered', 'UNAVAILABLE'],
] as const)('%s may not end with %s', async (kind, code) => {
  const { accounts, violations } = open();
  await accounts.call(kind, failing(code));
  expect(violations).toEqual([expect.stringContaining(`${kind} 4294967296: ${code}`)]);
});

test('what is sent one-way to a server that lives on has to be executed there', async () => {
  const { accounts, auditor, audit } = open();
  const sent = async () => {};
  await accounts.send('one-way', sent);
  await accounts.send('one-way', sent, What.sentToAnchor);
  await accounts.send('one-way', sent, What.sentToAnchor);
  await accounts.send('one-way', failing('RESOURCE_EXHAUSTED'), What.sentToAnchor);
  audit([1]);
  expect([...auditor.owed()]).toEqual([{ client: 1, sequence: 2 }]);
  audit([2]);
  expect([...auditor.owed()]).toEqual([]);
  expect(auditor.totals).toMatchObject({ begun: 4, sent: 3, executed: 2 });
  expect(auditor.violations).toEqual([]);
});

test('that of a client that was killed may have gone with it', async () => {
  const { accounts, auditor, audit } = open();
  await accounts.send('one-way', async () => {}, What.sentToAnchor);
  audit();
  auditor.clientEnded(1, true);
  expect([...auditor.owed()]).toEqual([]);
});
