import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Ended, endOf, socketIn } from './support/attack.js';
import { Program } from './support/program.mjs';
import { type Row, rowsOf, titled } from './support/rows.js';
import { type Attempt, Stage } from './support/stage.js';

/** How a call ended. */
interface Outcome {
  readonly code: string;
  readonly message?: string;
}

/** How long a client waits for a connection: what has been cut off waits in vain for another one, to its end. */
const CONNECT_TIMEOUT_MS: Readonly<Record<Row['outcome'], number>> = {
  refused: 20_000,
  closed: 1_000,
  left: 1_000,
  answered: 20_000,
  'goes on': 20_000,
};
/** What a call may come to whose server is refused, closed or gone: never a wait until its own deadline. */
const CODES: Readonly<Record<Row['outcome'], RegExp>> = {
  refused: /^(INTERNAL|FAILED_PRECONDITION)$/,
  /** OK when the answer came before. */
  closed: /^(OK|UNAVAILABLE|INTERNAL)$/,
  left: /^UNAVAILABLE$/,
  answered: /^(?!UNAVAILABLE$|DEADLINE_EXCEEDED$)/,
  'goes on': /^OK$/,
};

let stage: Stage;
let honest: Program;

beforeAll(async () => {
  stage = new Stage('victim-client.mjs');
  honest = Program.node('victim-server.mjs');
  const directory = stage.place.folder();
  await honest.ask('serve', { directory });
  for (const victim of [stage.plain, stage.liedTo]) {
    if (victim === undefined) continue;
    await victim.ask('attach', { directory });
    await stage.warmUp(victim);
  }
});

afterAll(() => stage.close([honest]));

/** Attacks a client of the victim's, which is a polite one of an honest server, too. */
async function attack(row: Row, victim: Program): Promise<Attempt> {
  const directory = stage.place.folder();
  mkdirSync(path.join(directory, 'target'), { mode: 0o700 });
  const allIsGone = stage.whatIsHeld(victim);
  const quiet = await stage.watchQuiet(victim);

  const listening = stage.peer.next('listening');
  const run = stage.peer.ask<Ended>('run', { role: 'server', row: row.name, path: socketIn(directory) });
  // Heard below, whatever comes first.
  run.catch(() => {});
  await Promise.race([listening, run]);
  await victim.ask('open', { directory, connectTimeoutMs: CONNECT_TIMEOUT_MS[row.outcome] });
  let meanwhile: Attempt['meanwhile'];
  try {
    const outcome = await victim.ask<Outcome>('call', { method: row.method });
    expect(outcome.code, JSON.stringify(outcome)).toMatch(CODES[row.outcome]);
    if (row.outcome === 'refused') expect(outcome.message).toMatch(new RegExp(row.reason ?? ''));
    if (row.outcome === 'answered') {
      expect(outcome.code).toMatch(new RegExp(row.reason ?? ''));
      expect(await victim.ask<Outcome>('call', { method: 'echo' })).toMatchObject({ code: 'OK' });
    }
    meanwhile = await stage.watch(victim);
    await stage.expectCalm(row, victim, /^a server broke the protocol: /);
  } finally {
    // Closing is what ends a connection that goes on.
    await victim.ask('close');
  }
  const { ended, said } = await run;
  expect(ended, said).toBe(endOf(row));
  await allIsGone();
  return { quiet, meanwhile };
}

describe('a hostile server', () => {
  test.for(titled(rowsOf('server')))('%s: %s', ([_group, _name, row], { skip }) =>
    stage.play(row, skip, (victim) => attack(row, victim)),
  );
});
