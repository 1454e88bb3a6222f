/** Names that are in each other's way, or in that of generated code. */
import { defineService } from '@doorcall/core';
import { z } from 'zod';

const Date_ = z.object({ year: z.int() }).meta({ id: 'date' });
const Writer = z.object({ name: z.string() }).meta({ id: 'writer' });
const Odd = z.object({ constructor: z.string(), 'a b': z.string(), "it's": z.string(), __proto: z.string() });
const Twice = z.object({ a: z.string(), b: z.string() });

/** As a default export. */
export default defineService('1.names', {
  get_user: { input: z.object({ on: Date_, by: Writer }), output: Odd },
  getUser: { input: Odd, output: z.object({ one: Twice, two: Twice }) },
  getUserInput: { output: z.object({ one: Twice.optional() }) },
  fail: {
    errors: {
      OUTPUT: { code: 'INTERNAL', data: z.object({ a: z.null() }) },
      Output: { code: 'INTERNAL', data: z.object({ b: z.null() }) },
    },
  },
});

/** Under the name of something that the generated code imports. */
export const bail = defineService('bail', { bail: { input: z.string() } });
