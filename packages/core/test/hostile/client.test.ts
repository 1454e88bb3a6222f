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

const IMPATIENT_MS = 300;

const place = new Place();
const times = new PoliteTimes();
let plain: Program;
let liedTo: Program | undefined;
let bystander: Program;
let peer: Program;
let prototypesAtFirst: string | undefined;

beforeAll(() => {
  plain = Program.node('victim-server.mjs');
  liedTo = canSandbox ? Program.node('victim-server.mjs', LYING_KERNEL) : undefined;
  bystander = Program.node('bystander.mjs');
  peer = Program.hostilePeer();
});

afterAll(async () => {
  await stopAll([plain, liedTo, bystander, peer]);
  place.remove();
});

/** A server of the victim's, with a polite client. */
async function serve({ victim }: Row) {
  const directory = place.folder();
  const program = victim === 'lied to' ? (liedTo as Program) : plain;
  const impatient = victim === 'impatient' && { handshakeTimeoutMs: IMPATIENT_MS };
  await program.ask('serve', { directory, ...impatient });
  await bystander.ask('attach', { directory });
  times.quiet.push(...(await bystander.ask<Window>('after', { calls: POLITE_CALLS })).times);
  onTestFinished(async () => {
    await bystander.ask('detach');
    await program.ask('close', { directory });
  });
  return { program, directory };
}

// Everything over real sockets and memory, by a peer that was written from the documents alone.
describe('a hostile client', () => {
  test.each(rowsOf('client'))('$group: $name', async (row) => {
    if (row.victim === 'lied to' && !canSandbox) return;
    const { program, directory } = await serve(row);
    const before = counted(resourcesOf(program.pid));

    const { ended, said } = await peer.ask<Ended>('run', {
      role: 'client',
      row: row.name,
      path: socketIn(directory),
    });

    const meanwhile = await bystander.ask<Window>('after', { calls: POLITE_CALLS });
    times.attacked.push(...meanwhile.times);
    expect(meanwhile.failures).toEqual([]);
    expect(ended, said).toBe(endOf(row));
    if (row.outcome === 'refused') expect(said).toMatch(new RegExp(row.reason ?? ''));
    type Calm = { readonly lines: Line[]; readonly prototypes: string };
    const { lines, prototypes } = await program.ask<Calm>('calm', { directory, polite: 1 });
    const begins = row.outcome === 'refused' ? /^a peer was turned away: / : /^a client broke the protocol: /;
    checkLog(row, lines, begins, peer.pid);
    prototypesAtFirst ??= prototypes;
    expect(prototypes).toBe(prototypesAtFirst);
    // What was made for it is gone.
    await until(() => JSON.stringify(counted(resourcesOf(program.pid))) === JSON.stringify(before));
  });

  test("moves a polite client's p99 by no more than 3 times or 1 ms", () => times.expectWithinLimit());
});
