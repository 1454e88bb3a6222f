import { connect } from '@doorcall/core';
import { greeter } from './contract.mjs';

const client = connect(greeter);
const when = new Date('2001-02-03T04:05:06Z');
const { text } = await client.greet({ name: 'esm', when });
const again = client.greet.sync({ name: 'sync', when });
console.log(`${text}; ${again.text}`);
await client.close();
