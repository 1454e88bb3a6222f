import { serve } from '@doorcall/core';
import { greeter } from './contract.mjs';

const server = await serve(greeter, {
  greet: ({ name, when }) => ({ text: `hello ${name}, it is ${when.getUTCFullYear()}` }),
});
// Ends with whoever started it, also when that one is killed.
process.stdin.resume().once('end', () => server.close());
console.log('serving');
