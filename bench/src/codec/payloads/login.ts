import { z } from 'zod';
import { definePayload } from './payload.js';
import { Samples } from './samples.js';

const Login = z.object({
  email: z.email(),
  password: z.string().min(8).max(128),
  remember: z.boolean().default(false),
  device: z.string().max(60),
});

export const payload = definePayload({
  summary: 'a login, with an email address and a default',
  schema: Login,
  variant(index) {
    const samples = new Samples(index);
    return {
      email: `${samples.words(1).toLowerCase()}.${samples.hex(4)}@${samples.oneOf(['example.org', 'mail.example.com'])}`,
      password: samples.hex(samples.integer(10, 24)),
      ...(samples.chance(0.5) && { remember: samples.chance(0.5) }),
      device: samples.oneOf(['Firefox on Linux', 'Safari on iPhone', 'Chrome on Windows 11']),
    };
  },
  invalid: (login) => ({ ...login, email: 'nobody' }),
});
