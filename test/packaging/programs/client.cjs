const { connect, defineService } = require('@doorcall/core');
const { z } = require('zod');

const greeter = defineService('greeter', {
  greet: { input: z.object({ name: z.string(), when: z.date() }), output: z.object({ text: z.string() }) },
});

(async () => {
  const client = connect(greeter);
  const when = new Date('2001-02-03T04:05:06Z');
  const { text } = await client.greet({ name: 'cjs', when });
  const again = client.greet.sync({ name: 'sync', when });
  console.log(`${text}; ${again.text}`);
  await client.close();
})();
