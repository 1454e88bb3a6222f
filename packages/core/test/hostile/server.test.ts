import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { counted, resourcesOf } from '../process/support/resources.js';
import { until } from '../shm/support/places.js';
import { canSandbox } from '../shm/support/sandbox.js';
import {
  checkLog,
  type Ended,
  endOf,
  type Line,
  LYING_KERNEL,
  Place,
  POLITE_CALLS,
  PoliteTimes,
  socketIn,
  stopAll,
  type Window,
} from './support/attack.js';
import { Program } from './support/program.mjs';
import { type Row, rowsOf } from './support/rows.js';

/** How a call ended. */
interface Outcome {
  readonly code: string;
  readonly message?: string;
}

const CONNECT_TIMEOUT_MS = 1_000;
/** What a call may come to whose server is refused, closed or gone: never a wait until its own deadline. */
const CODES: Readonly<Record<Row['outcome'], RegExp>> = {
  refused: /^(INTERNAL|FAILED_PRECONDITION)$/,
  /** OK when the answer came before. */
  closed: /^(OK|UNAVAILABLE|INTERNAL)$/,
  left: /^UNAVAILABLE$/,
  answered: /^(?!UNAVAILABLE$|DEADLINE_EXCEEDED$)/,
  'goes on': /^OK$/,
};

const place = new Place();
const times = new PoliteTimes();
let honest: Program;
let plain: Program;
let liedTo: Program | undefined;
let peer: Program;
let prototypesAtFirst: string | undefined;

beforeAll(async () => {
  honest = Program.node('victim-server.mjs');
  plain = Program.node('victim-client.mjs');
  liedTo = canSandbox ? Program.node('victim-client.mjs', LYING_KERNEL) : undefined;
  peer = Program.hostilePeer();
  const directory = place.folder();
  await honest.ask('serve', { directory });
  for (const victim of [plain, liedTo]) await victim?.ask('attach', { directory });
});

afterAll(async () => {
  await stopAll([honest, plain, liedTo, peer]);
  place.remove();
});

describe('a hostile server', () => {
  test.each(rowsOf('server'))('$group: $name', async (row) => {
    if (row.victim === 'lied to' && !canSandbox) return;
    const victim = row.victim === 'lied to' ? (liedTo as Program) : plain;
    const directory = place.folder();
    mkdirSync(path.join(directory, 'target'), { mode: 0o700 });
    const before = counted(resourcesOf(victim.pid));
    times.quiet.push(...(await victim.ask<Window>('after', { calls: POLITE_CALLS })).times);

    const listening = peer.next('listening');
    const run = peer.ask<Ended>('run', { role: 'server', row: row.name, path: socketIn(directory) });
    // Heard below, whatever comes first.
    run.catch(() => {});
    await Promise.race([listening, run]);
    await victim.ask('open', { directory, connectTimeoutMs: CONNECT_TIMEOUT_MS });
    let closed = false;
    const close = async () => {
      if (!closed) await victim.ask('close');
      closed = true;
    };
    onTestFinished(close);
    const outcome = await victim.ask<Outcome>('call', { method: row.method });
    expect(outcome.code, JSON.stringify(outcome)).toMatch(CODES[row.outcome]);
    if (row.outcome === 'refused') expect(outcome.message).toMatch(new RegExp(row.reason ?? ''));
    if (row.outcome === 'answered') {
      expect(outcome.code).toMatch(new RegExp(row.reason ?? ''));
      expect(await victim.ask<Outcome>('call', { method: 'echo' })).toMatchObject({ code: 'OK' });
    }

    const meanwhile = await victim.ask<Window>('after', { calls: POLITE_CALLS });
    times.attacked.push(...meanwhile.times);
    expect(meanwhile.failures).toEqual([]);
    type Calm = { readonly lines: Line[]; readonly prototypes: string };
    const { lines, prototypes } = await victim.ask<Calm>('calm');
    checkLog(row, lines, /^a server broke the protocol: /, peer.pid);
    prototypesAtFirst ??= prototypes;
    expect(prototypes).toBe(prototypesAtFirst);
    // Closing is what ends a connection that goes on.
    await close();
    const { ended, said } = await run;
    expect(ended, said).toBe(endOf(row));
    await until(() => JSON.stringify(counted(resourcesOf(victim.pid))) === JSON.stringify(before));
  });

  test("moves a polite client's p99 by no more than 3 times or 1 ms", () => times.expectWithinLimit());
});
