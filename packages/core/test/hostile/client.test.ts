import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Ended, endOf, socketIn } from './support/attack.js';
import { Program } from './support/program.mjs';
import { type Row, rowsOf, titled } from './support/rows.js';
import { type Attempt, Stage } from './support/stage.js';

const IMPATIENT_MS = 1_500;

let stage: Stage;
let bystander: Program;

beforeAll(async () => {
  stage = new Stage('victim-server.mjs');
  bystander = Program.node('bystander.mjs');
  for (const victim of [stage.plain, stage.liedTo]) {
    if (victim === undefined) continue;
    const directory = stage.place.folder();
    await victim.ask('serve', { directory });
    await bystander.ask('attach', { directory });
    await stage.warmUp(bystander);
    await bystander.ask('detach');
    await victim.ask('close', { directory });
  }
});

afterAll(() => stage.close([bystander]));

/** Attacks a server of the victim's, which has a polite client beside. */
async function attack(row: Row, victim: Program): Promise<Attempt> {
  const directory = stage.place.folder();
  const impatient = row.victim === 'impatient' && { handshakeTimeoutMs: IMPATIENT_MS };
  await victim.ask('serve', { directory, ...impatient });
  try {
    await bystander.ask('attach', { directory });
    const quiet = await stage.watchQuiet(bystander);
    const allIsGone = stage.whatIsHeld(victim);

    const fields = { role: 'client', row: row.name, path: socketIn(directory) };
    const { ended, said } = await stage.peer.ask<Ended>('run', fields);

    const meanwhile = await stage.watch(bystander);
    expect(ended, said).toBe(endOf(row));
    if (row.outcome === 'refused') expect(said).toMatch(new RegExp(row.reason ?? ''));
    const begins = row.outcome === 'refused' ? /^a peer was turned away: / : /^a client broke the protocol: /;
    await stage.expectCalm(row, victim, begins, { directory, polite: 1 });
    await allIsGone();
    return { quiet, meanwhile };
  } finally {
    await bystander.ask('detach');
    await victim.ask('close', { directory });
  }
}

// Everything over real sockets and memory, by a peer that was written from the documents alone.
describe('a hostile client', () => {
  test.for(titled(rowsOf('client')))('%s: %s', ([_group, _name, row], { skip }) =>
    stage.play(row, skip, (victim) => attack(row, victim)),
  );
});
