import { createInterface } from 'node:readline';
import { connect, isRpcError } from '@doorcall/core';
import { chat, type Message } from '../contract.js';

const [room, name] = process.argv.slice(2);
if (room === undefined || name === undefined) {
  console.error('usage: npm run join -- <room> <name>');
  process.exit(2);
}

const show = ({ from, text }: Message) => console.log(`${from}: ${text}`);

/** Lines of the terminal until its end; those that begin with a slash are for this program. */
async function* lines(): AsyncGenerator<string> {
  for await (const line of createInterface({ input: process.stdin })) {
    if (line === '/quit') return;
    if (line === '/members') console.log(`members: ${(await member.members()).join(', ')}`);
    else if (line !== '') yield line;
  }
}

await using client = connect(chat, { callbacks: { notify: ({ message }) => show(message) } });
using member = await client.join({ room, name }).catch((error) => {
  if (isRpcError(error, chat.join, 'NAME_TAKEN'))
    console.error(`somebody is ${name} already; there are ${error.data.members.join(', ')}`);
  else console.error(error.message);
  process.exit(1);
});

for await (const message of member.history({ last: 10 })) show(message);
console.log(`you are in ${room}`);
try {
  for await (const number of member.say(lines())) console.log(`(${number})`);
} catch (error) {
  console.error(isRpcError(error) ? error.message : error);
  process.exitCode = 1;
} finally {
  // The next line may never come.
  process.stdin.destroy();
}
