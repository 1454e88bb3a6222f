import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Database from 'libsql';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { Program } from '../../support/program.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'doorcall-test-'));
  // After the programs have ended, which are started later.
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
});

const start = (file: string, args: readonly string[]) =>
  new Program(new URL(`../dist/${file}`, import.meta.url), args, { DOORCALL_DIR: folder });

const ROWS = 10_000;
const BATCH = 100;

function csvFile(rows = ROWS, bad?: number): string {
  const lines = Array.from(
    { length: rows },
    (_, row) => `sku-${row},"Product ""${row}"", new",${row === bad ? 'free' : row + 0.25}`,
  );
  const file = path.join(folder, 'products.csv');
  writeFileSync(file, ['sku,name,price', ...lines, ''].join('\n'));
  return file;
}

async function serve(...args: string[]): Promise<Program> {
  const server = start('server.js', [
    `--database=${path.join(folder, 'catalogue.db')}`,
    `--batch-rows=${BATCH}`,
    ...args,
  ]);
  await server.says(/server: ready/);
  return server;
}

const load = (file: string): Program => start('import.js', [file]);

/** What is in the database, read by one statement: a server whose client was killed may be committing still. */
function stored() {
  const database = new Database(path.join(folder, 'catalogue.db'));
  try {
    // Without the metadata that libsql gives along with a row.
    const { count, total, committed } = database
      .prepare(
        'select count(*) as count, sum(price) as total, coalesce((select committed from imports), 0) as committed from products',
      )
      .get() as { count: number; total: number; committed: number };
    return { count, total, committed };
  } finally {
    database.close();
  }
}

const WHOLE = { count: ROWS, committed: ROWS, total: (ROWS * (ROWS - 1) * 100) / 2 + 25 * ROWS };

test('a file is imported whole, with progress; a second import has nothing to do', async () => {
  const file = csvFile();
  await serve();
  const first = load(file);
  expect(await first.exited, first.output).toBe(0);
  expect(stored()).toEqual(WHOLE);
  const progress = [...first.output.matchAll(/committed (\d+)/g)].map(([, rows]) => Number(rows));
  expect(progress).toEqual(Array.from({ length: ROWS / BATCH }, (_, batch) => (batch + 1) * BATCH));
  const second = load(file);
  expect(await second.exited, second.output).toBe(0);
  expect(second.output).toContain(`going on behind row ${ROWS}`);
  expect(stored()).toEqual(WHOLE);
});

test('rows are read as fast as they are committed, and no faster', async () => {
  const file = csvFile();
  await serve('--commit-ms=20');
  const slow = load(file);
  await slow.says(/committed 1000\n/);
  slow.signal('SIGKILL');
  for (const [, read, committed] of slow.output.matchAll(/read (\d+), committed (\d+)/g)) {
    // A window of rows, the batch in hand, and what the CSV parser has read ahead.
    expect(Number(read) - Number(committed)).toBeLessThanOrEqual(1_024 + BATCH + 200);
  }
});

test.each(['import', 'server'])(
  'when the %s is killed, what is there is whole, and the rest comes later',
  async (who) => {
    const file = csvFile();
    // The rest takes more than a second: long enough for the kill to come before its end.
    let server = await serve('--commit-ms=20');
    for (let round = 1; round <= 3; round += 1) {
      const going = load(file);
      await going.says(new RegExp(`committed ${round * 10 * BATCH}\n`));
      (who === 'import' ? going : server).signal('SIGKILL');
      if (who === 'server') {
        expect(await going.exited).toBe(1);
        expect(going.output).toContain('UNAVAILABLE');
        await server.exited;
      } else {
        await going.exited;
      }
      const { count, committed } = stored();
      expect(count).toBe(committed);
      expect(committed % BATCH).toBe(0);
      expect(committed).toBeGreaterThanOrEqual(round * 10 * BATCH);
      expect(committed).toBeLessThan(ROWS);
      if (who === 'server') server = await serve('--commit-ms=20');
    }
    let last = load(file);
    // The server may not know yet that its last client is gone.
    while ((await last.exited) !== 0 && last.output.includes('ABORTED')) last = load(file);
    expect(last.output).toContain(`done: ${ROWS} rows`);
    expect(stored()).toEqual(WHOLE);
  },
);

test('an import without a file, or of one that is not there, says so in a line', async () => {
  for (const [args, line] of [
    [[], /^usage: .*\n$/],
    [[path.join(folder, 'none.csv')], /^cannot be read: ENOENT.*\n$/],
  ] as const) {
    const run = start('import.js', [...args]);
    expect(await run.exited).toBe(2);
    expect(run.output).toMatch(line);
  }
});

test('a row that is no good is named, and those of whole batches before it stay', async () => {
  await serve();
  const run = load(csvFile(1_000, 730));
  expect(await run.exited).toBe(1);
  expect(run.output).toContain('row 731: INVALID_ARGUMENT');
  const { count, committed } = stored();
  expect(count).toBe(committed);
  expect(committed).toBeLessThanOrEqual(700);
});

test('a server that is asked to end finishes the import that is under way', async () => {
  const server = await serve('--commit-ms=5');
  const going = load(csvFile(5_000));
  await going.says(/committed 500\n/);
  server.signal('SIGTERM');
  expect(await going.exited, going.output).toBe(0);
  expect(await server.exited, server.output).toBe(0);
  expect(stored()).toMatchObject({ count: 5_000, committed: 5_000 });
});
