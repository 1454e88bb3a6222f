/**
 * A generated service with streams and callbacks, compiled by a strict compiler and used between two processes, with
 * generated code on both sides and on one.
 */
import { expect, test } from 'vitest';
import { compiled, messageOf, run } from './programs.js';

const SERVER = `
import { serve } from '@doorcall/core';
import { chat } from './chat.gen.js';

const server = await serve(chat, {
  async poll({ question }, ctx) {
    // Only generated code leaves out what the schema drops; otherwise a function cannot travel.
    const asked = { question, seconds: 7, dropped: question === 'plain' ? undefined : () => {} };
    const { answer, by } = await ctx.client.ask(asked);
    const typing: (string | null)[] = [];
    for await (const name of ctx.client.typing(3)) typing.push(name);
    await ctx.client.join('you');
    const word = await ctx.client.spell(['a', 'b', 'c']);
    return [answer, String(by?.at.getTime()), JSON.stringify(typing), word];
  },
  async *join(lines) {
    for await (const { from, text, at } of lines) yield { from, text: text.toUpperCase(), at: new Date(at.getTime() + 1) };
  },
  *history({ last }, ctx) {
    for (let i = 0; i < last; i += 1) yield { from: 'ann', text: String(i) };
    if (last === 2) throw ctx.error('CLOSED', { since: new Date(5) });
  },
  async upload(chunks) {
    let bytes = 0;
    for await (const chunk of chunks) bytes += chunk.byteLength;
    return { bytes };
  },
  leave() {},
});
process.once('disconnect', () => server.close());
process.send?.('ready');
`;

const CLIENT = `
import { connect, isRpcError } from '@doorcall/core';
import { chat } from 'CONTRACT';

const plain: boolean = PLAIN;
const out: unknown[] = [];
const joined: string[] = [];
const client = connect(chat, {
  callbacks: {
    ask: ({ question, seconds }) => ({ answer: question + seconds, by: { from: 'bob', text: 'x', at: new Date(9) } }),
    join: (name) => void joined.push(name),
    *typing(count) {
      for (let i = 0; i < count; i += 1) yield i === 1 ? null : 'ann';
    },
    async spell(letters) {
      let word = '';
      for await (const letter of letters) word += letter;
      return word;
    },
  },
});
function* lines() {
  const dropped = plain ? undefined : () => {};
  yield { from: 'bob', text: 'one', dropped };
  yield { from: 'bob', text: 'two', at: new Date(10), dropped };
}
for await (const line of client.join(lines())) out.push(line);
for await (const { text } of client.history({})) out.push(text);
try {
  for await (const { at } of client.history({ last: 2 })) out.push(at);
} catch (error) {
  if (isRpcError(error, chat.history, 'CLOSED')) out.push(error.data.since);
}
try {
  // The first item may come back before the second one is refused, or not.
  for await (const _ of client.join([{ from: 'bob', text: 'a' }, { from: '', text: '' }]));
} catch (error) {
  out.push(error instanceof Error && error.message);
}
out.push(await client.upload([new Uint8Array(3), new Uint8Array(100_000)]));
out.push(await client.poll({ question: plain ? 'plain' : 'ok' }));
await client.leave('bob');
out.push(joined);
await client.close();
process.send?.(out);
`;

function clientOf(module: string): string {
  return CLIENT.replace('CONTRACT', module).replace('PLAIN', String(module === './chat.service.js'));
}

test('streams and callbacks between processes', async () => {
  const made = compiled('chat', {
    server: SERVER,
    'generated-client': clientOf('./chat.gen.js'),
    'plain-client': clientOf('./chat.service.js'),
  });
  const server = run(made, 'server');
  await messageOf(server);
  for (const program of ['generated-client', 'plain-client']) {
    const answer = program === 'plain-client' ? 'plain7' : 'ok7';
    const zero = new Date(0).toJSON();
    expect(await messageOf(run(made, program)), program).toEqual([
      { from: 'bob', text: 'ONE', at: new Date(1).toJSON() },
      { from: 'bob', text: 'TWO', at: new Date(11).toJSON() },
      ...Array.from({ length: 10 }, (_, i) => String(i)),
      zero,
      zero,
      new Date(5).toJSON(),
      expect.stringMatching(/INVALID_ARGUMENT.*does not take item 1 of its input/),
      { bytes: 100_003 },
      [answer, '9', '["ann",null,"ann"]', 'abc'],
      ['you'],
    ]);
  }
}, 180_000);
