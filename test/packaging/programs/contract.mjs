import { defineService } from '@doorcall/core';
import { z } from 'zod';

export const greeter = defineService('greeter', {
  greet: { input: z.object({ name: z.string(), when: z.date() }), output: z.object({ text: z.string() }) },
});
