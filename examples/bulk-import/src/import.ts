// node dist/import.js products.csv
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { connect, RpcError } from '@doorcall/core';
import { importer } from './bulk-import.gen.js';
import { FILE_KEY } from './bulk-import.js';
import { rowsOf } from './rows.js';

const { positionals } = parseArgs({ allowPositionals: true });
const [csv] = positionals;
if (csv === undefined) fail('usage: npm run import -- <file.csv>');

function fail(message: string): never {
  console.error(message);
  process.exit(2);
}

/** A file that was changed is another one. */
async function identityOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return `${path.basename(file)}:${hash.digest('hex')}`;
}

const file = await identityOf(csv).catch((error: Error) => fail(`cannot be read: ${error.message}`));
const client = connect(importer);
const { committed: before } = await client.committed({ file });
if (before > 0) console.log(`going on behind row ${before}`);
let read = before;
try {
  const rows = rowsOf(csv, before, () => {
    read += 1;
  });
  let done = before;
  // Rows are read no faster than the server takes them: what lies between is a window and a batch.
  for await (const { committed } of client.load(rows, { metadata: { [FILE_KEY]: file } })) {
    done = committed;
    console.log(`read ${read}, committed ${committed}`);
  }
  console.log(`done: ${done} rows`);
} catch (thrown) {
  const { message, issues } = RpcError.from(thrown);
  const [item] = issues?.[0]?.path ?? [];
  const where = typeof item === 'number' ? `row ${before + item + 1}: ` : '';
  console.error(`${where}${message}; ${read} rows read. Start again to go on.`);
  process.exitCode = 1;
} finally {
  await client.close();
}
