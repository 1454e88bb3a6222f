/** A generated service behind a door of a contract, as the compiler sees both in use. */
import path from 'node:path';
import { expect, test } from 'vitest';
import { compile } from '../types/support/compile.js';
import { contracts, generatedText } from './generated-text.js';

const use = path.join(contracts, 'use.ts');

const CODE = `
import { createDoor, defineService, type Door, type Handlers } from '@doorcall/core';
import type { DoorClient } from '@doorcall/core/zod';
import { z } from 'zod';
import { files as contract, session as own } from './files.service.js';
import { files } from './files.gen.js';
import { session } from './session.gen.js';

const append = (text: string) => ({ bytes: text.length });
export const open: Handlers<typeof files>['open'] = () => createDoor(session, { append });
export const openOwn: Handlers<typeof contract>['open'] = () => createDoor(session, { append });
export const openPlain: Handlers<typeof files>['open'] = () => createDoor(own, { append });
export const made = new Set<Door<typeof own>>([createDoor(session, { append })]);
export const held = (door: DoorClient<typeof own>): DoorClient<typeof session> => door;
const other = defineService('other', { append: { input: z.string(), output: z.object({ bytes: z.int() }) } });
export const wrong: Handlers<typeof files>['open'] = () => createDoor(other, { append });
`;

test('a door to it is one to the service of the contract, and no other is', async () => {
  const generated = (name: string) => path.join(contracts, `${name}.gen.ts`);
  const messages = compile({
    [generated('files')]: await generatedText('files.service.ts', 'files'),
    [generated('session')]: await generatedText('files.service.ts', 'session'),
    [use]: CODE,
  });
  expect(messages.map(({ text }) => text)).toEqual([
    expect.stringMatching(
      /DoorTo<"other">.*not assignable[\s\S]*"other"' is not assignable to type '"files.session"'/,
    ),
  ]);
});
