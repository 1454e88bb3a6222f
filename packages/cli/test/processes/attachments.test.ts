/** Descriptors and doors of a generated service, between two processes. */
import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { compiled, messageOf, run } from './programs.js';

const SERVER = `
import { openSync, readFileSync, writeSync } from 'node:fs';
import { createDoor, ownFd, serve } from '@doorcall/core';
import { files } from './files.gen.js';
import { session } from './files.service.js';

await serve(
  files,
  {
    open: ({ name, file, at }) => {
      let bytes = 0;
      return createDoor(
        session,
        {
          append(text) {
            bytes += writeSync(file.fd, \`\${name} \${at?.getTime()} \${text}\\n\`);
            return { bytes };
          },
        },
        { onUnreferenced: () => file.close() },
      );
    },
    *read(descriptors) {
      for (const each of descriptors) {
        using file = each;
        const text = readFileSync(file.fd, 'utf8');
        yield { text, file: ownFd(openSync(\`/proc/self/fd/\${file.fd}\`, 'r')) };
      }
    },
    resize: ({ image }) => ({ image }),
  },
  { acceptFds: true },
);
process.send?.('ready');
`;

const CLIENT = `
import { openSync, readFileSync } from 'node:fs';
import { connect, isRpcError, ownFd } from '@doorcall/core';
import { files } from './files.gen.js';

const client = connect(files, { acceptFds: true });
const out: unknown[] = [];
const log = openSync('log.txt', 'a');
{
  // Only generated code leaves out what the schema drops: in MessagePack a function cannot travel.
  const input = { name: 'ann', file: log, at: new Date(5), dropped: () => {} };
  using opened = await client.open(input);
  out.push(await opened.append('one'), await opened.append('two'));
}
for await (const { text, file } of client.read([openSync('log.txt', 'r')].map(ownFd))) {
  using again = file;
  out.push(text, readFileSync(again.fd, 'utf8').length);
}
// Refused by the schema, one in the structure that generated code writes and one that is not.
await client.open({ name: 'much too long for a name', file: log }).catch((error) => out.push(error.code));
await client.open({ name: 5, file: log } as never).catch((error) => out.push(error.code, isRpcError(error)));
await client.close();
process.send?.(out);
`;

test('descriptors and doors between processes', async () => {
  const made = compiled('files', { server: SERVER, client: CLIENT });
  writeFileSync(made.at('log.txt'), '');
  await messageOf(run(made, 'server'));
  expect(await messageOf(run(made, 'client'))).toEqual([
    { bytes: 10 },
    { bytes: 20 },
    'ann 5 one\nann 5 two\n',
    20,
    'INVALID_ARGUMENT',
    'INVALID_ARGUMENT',
    true,
  ]);
}, 180_000);
