import { describe, expect, test } from 'vitest';
import { Auditor } from '../src/ledger/auditor.js';
import { type Entry, What } from '../src/ledger/record.js';

const entry = (what: What, sequence = 0, client = 1): Entry => ({ client, sequence, what, code: 14 });
const { begun, succeeded, failed, notExecuted, executed, sent } = What;

/** What an auditor says who reads all this at once. */
function saidOf(ofClients: readonly What[], ofServers: readonly What[]): readonly string[] {
  const auditor = new Auditor();
  auditor.audit(
    ofClients.map((what) => entry(what)),
    ofServers.map((what) => entry(what)),
  );
  return auditor.violations;
}

describe('an auditor', () => {
  test.each([
    [[begun, succeeded], [executed]],
    [[begun, failed], [executed]],
    [[begun, failed], []],
    [[begun, notExecuted], []],
    [[begun, sent], []],
    [[begun, sent], [executed]],
    [[begun], [executed]],
    [[begun], []],
  ])('has nothing against %j with %j', (ofClients, ofServers) => {
    expect(saidOf(ofClients, ofServers)).toEqual([]);
  });

  test.each([
    [[begun, succeeded], [], 'succeeded, and no server has executed it'],
    [[begun, succeeded], [executed, executed], 'was executed twice'],
    [[begun, failed], [executed, executed], 'was executed twice'],
    [[begun, sent], [executed, executed], 'was executed twice'],
    [[begun, notExecuted], [executed], 'was executed, and its client was told that it was not'],
    [[begun, succeeded, failed], [executed], 'ended twice'],
    [[begun, succeeded, succeeded], [executed], 'ended twice'],
    [[begun, begun], [], 'began twice'],
    [[failed], [], 'ended and never began'],
  ])('complains of %j with %j', (ofClients, ofServers, words) => {
    expect(saidOf(ofClients, ofServers)).toEqual([`call 0 of client 1 ${words}`]);
  });

  test('complains of an execution that comes to light after the client was told that there was none', () => {
    const auditor = new Auditor();
    auditor.audit([entry(begun), entry(notExecuted)], []);
    expect(auditor.violationCount).toBe(0);
    auditor.audit([], [entry(executed)]);
    expect(auditor.violations).toEqual([
      'call 0 of client 1 was executed, and its client was told that it was not',
    ]);
  });

  test('complains of calls that never ended, unless their client was killed', () => {
    for (const killed of [true, false]) {
      const auditor = new Auditor();
      auditor.audit([entry(begun, 0), entry(failed, 0), entry(begun, 1), entry(begun, 0, 2)], []);
      auditor.clientEnded(1, killed);
      expect(auditor.violations).toEqual(killed ? [] : ['call 1 of client 1 never ended']);
      expect(auditor.totals.abandoned).toBe(killed ? 1 : 0);
    }
  });

  test('tells calls of thousands apart, and clients', () => {
    const auditor = new Auditor();
    const entries = Array.from({ length: 5_000 }, (_, i) => i).flatMap((i) => [
      entry(begun, i),
      entry(succeeded, i),
    ]);
    auditor.audit(
      entries,
      Array.from({ length: 4_999 }, (_, i) => entry(executed, i)),
    );
    expect(auditor.violations).toEqual(['call 4999 of client 1 succeeded, and no server has executed it']);
    auditor.audit([entry(begun, 3, 2), entry(succeeded, 3, 2)], [entry(executed, 3, 2)]);
    expect(auditor.violationCount).toBe(1);
    expect(auditor.totals).toMatchObject({ begun: 5_001, succeeded: 5_001, executed: 5_000 });
  });

  test('keeps the first violations in words, and counts all', () => {
    const auditor = new Auditor();
    for (let i = 0; i < 60; i += 1) auditor.violated(undefined, `violation ${i}`);
    expect(auditor.violations).toHaveLength(50);
    expect(auditor.violationCount).toBe(60);
  });
});
