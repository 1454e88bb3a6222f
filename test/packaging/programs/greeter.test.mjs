// Run by Jest, which gives each test file a realm and a module registry of its own.
import { connect } from '@doorcall/core';
import { greeter } from './contract.mjs';

const when = new Date('2001-02-03T04:05:06Z');

test('calls another process', async () => {
  const client = connect(greeter);
  expect(await client.greet({ name: 'jest', when })).toEqual({ text: 'hello jest, it is 2001' });
  expect(client.greet.sync({ name: 'sync', when })).toEqual({ text: 'hello sync, it is 2001' });
  await client.close();
});

test('is refused what the contract does not allow, with an error that can be told', async () => {
  const client = connect(greeter);
  await expect(client.greet({ name: 1, when })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  await client.close();
});
