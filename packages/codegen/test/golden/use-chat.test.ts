/** The types of streams and callbacks in generated files, as the compiler sees them in use. */
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { compile } from '../types/support/compile.js';
import { contracts, generatedText } from './generated-text.js';

const generated = path.join(contracts, 'chat.gen.ts');
const use = path.join(contracts, 'use.ts');
let text = '';

beforeAll(async () => {
  text = await generatedText('chat.service.ts');
});

/** What the compiler has against some code that uses the service. */
function messagesFor(code: string): string[] {
  const files = { [generated]: text, [use]: `import { chat } from './chat.gen.js';\n${code}` };
  return compile(files).map((message) => `${path.basename(message.file)}: ${message.text}`);
}

const HANDLERS = `
  async poll({ question }, ctx) {
    const { answer, by } = await ctx.client.ask({ question });
    const at: Date | undefined = by?.at;
    await ctx.client.join('x', { timeoutMs: 5 });
    const letters: string = await ctx.client.spell(['a']);
    for await (const each of ctx.client.typing(3)) letters.concat(each ?? '');
    return [answer, String(at)];
  },
  async *join(lines, ctx) {
    for await (const { from, text, at } of lines) yield { from, text: text + at.getTime() };
    ctx.signal.throwIfAborted();
  },
  history({ last }, ctx) {
    if (last > 5) throw ctx.error('CLOSED', { since: new Date() });
    return [{ from: 'a', text: '' }];
  },
  async upload(chunks) {
    let bytes = 0;
    for await (const chunk of chunks) bytes += chunk.byteLength;
    return { bytes };
  },
  leave() {},
`;

const CALLBACKS = `
  ask({ question, seconds }, ctx) {
    if (seconds === 0) throw ctx.error('BUSY', { until: new Date() });
    return { answer: question.slice(0, 20) };
  },
  join() {},
  *typing(seconds) {
    for (let i = 0; i < seconds; i += 1) yield i % 2 === 0 ? 'ann' : null;
  },
  async spell(letters) {
    let word = '';
    for await (const letter of letters) word += letter;
    return word;
  },
`;

describe('the generated code of streams and callbacks', () => {
  test('compiles without being excused from it', () => {
    const checked = text.replace(/^\/\/ @ts-nocheck$/m, '');
    expect(checked).not.toBe(text);
    expect(compile({ [generated]: checked })).toEqual([]);
  });

  test('gives connect and serve their types', () => {
    const code = `
      import { type CallbacksOf, connect, isRpcError, serve, type ServiceClient, type StreamReader } from '@doorcall/core';
      import type { ChatCallbackClient, ChatCallbackHandlers, ChatClient, ChatHandlers, Line, LineInput } from './chat.gen.js';
      type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
      const same = <A, B>(_: Same<A, B>): void => {};
      const handlers: ChatHandlers = {${HANDLERS}};
      export const asked = (of: ChatCallbackClient): Promise<{ answer: string; by?: Line | undefined }> =>
        of.ask({ question: '', seconds: 1 });
      const callbacks: ChatCallbackHandlers = {${CALLBACKS}};
      export const servers = [serve(chat, handlers), serve(chat, {${HANDLERS}})];
      export const client = connect(chat, { callbacks: {${CALLBACKS}}, defaultTimeoutMs: 5 });
      export const other = connect(chat, { callbacks });
      same<typeof client, ChatClient>(true);
      same<ServiceClient<typeof chat>, ChatClient>(true);
      same<CallbacksOf<typeof chat>, ChatCallbackHandlers>(true);
      export async function call(lines: AsyncIterable<LineInput>): Promise<void> {
        const read = client.join(lines, { timeoutMs: 5 });
        same<typeof read, StreamReader<Line>>(true);
        for await (const { at } of client.history({})) at.getTime();
        const { bytes } = await client.upload([new Uint8Array(bytes0)]);
        same<typeof bytes, number>(true);
        await client.leave('ann');
        await client.history({}).next().catch((error: unknown) => {
          if (isRpcError(error, chat.history, 'CLOSED')) error.data.since.getTime();
        });
      }
      const bytes0 = 4;
    `;
    expect(messagesFor(code)).toEqual([]);
  });

  test.each([
    ['a client that serves nothing', 'connect(chat)', /Expected 2 arguments/],
    [
      'a client that serves too little',
      'connect(chat, { callbacks: { join() {} } })',
      /missing the following/,
    ],
    [
      'a wrong answer to a callback',
      `connect(chat, { callbacks: {${CALLBACKS} spell: () => 1 } })`,
      /'number' is not assignable to type 'string/,
    ],
    [
      'a callback that there is not',
      `serve(chat, {${HANDLERS} leave: (name, ctx) => ctx.client.kick(name) })`,
      /'kick' does not exist on type 'ChatCallbackClient'/,
    ],
    ['a value for a stream', 'connect(chat, null!).upload(new Date())', /StreamSource<.*Uint8Array/],
    ['a stream as a promise', 'connect(chat, null!).history({}).then(() => {})', /'then' does not exist/],
    [
      'a handler that streams no items',
      `serve(chat, {${HANDLERS} history: () => ['a'] })`,
      /'string' is not assignable to type 'LineInput'/,
    ],
  ])('refuses %s', (_, expression, message) => {
    const found = messagesFor(
      `import { connect, serve } from '@doorcall/core';\nexport const x = [connect, serve, ${expression}];`,
    );
    expect(found.join('\n')).toMatch(message);
  });
});

test('callbacks whose schemas are of another library are taken from the contract', () => {
  const contract = path.join(contracts, 'foreign.service.ts');
  const file = path.join(contracts, 'foreign.ts');
  const messages = compile({
    [contract]: `
      import { defineService, type StandardSchema, stream } from '@doorcall/core';
      declare const foreign: StandardSchema<string, number>;
      export const contract = defineService('f', { m: {} }, { callbacks: {
        one: { input: foreign }, many: { output: stream(foreign), errors: { E: { code: 'ABORTED', data: foreign } } },
      } });`,
    [file]: `
      import type { CallbackTypesOf } from '@doorcall/core/generated';
      import type { contract } from './foreign.service.js';
      const number: 1 extends CallbackTypesOf<typeof contract, 'one'>['parsedInput'] ? true : false = true;
      const text: CallbackTypesOf<typeof contract, 'many'>['result'] = '';
      const data: CallbackTypesOf<typeof contract, 'many'>['errorOutputs']['E'] = 1;
      export const all = [number, text, data];`,
  });
  expect(messages.map((message) => message.text)).toEqual([]);
});
