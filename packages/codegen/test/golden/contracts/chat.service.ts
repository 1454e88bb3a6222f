/** Streams and callbacks: the generated file is compared byte for byte, and used between processes. */
import { defineService, stream } from '@doorcall/core';
import { z } from 'zod';

const Line = z
  .object({ from: z.string().min(1), text: z.string().max(500), at: z.date().default(() => new Date(0)) })
  .meta({ id: 'line' });

export const chat = defineService(
  'chat',
  {
    /** Asks whoever calls. */
    poll: { input: z.object({ question: z.string() }), output: z.array(z.string()) },
    join: { input: stream(Line), output: stream(Line) },
    history: {
      input: z.object({ last: z.int().max(100).default(10) }),
      output: stream(Line),
      errors: { CLOSED: { code: 'FAILED_PRECONDITION', data: z.object({ since: z.date() }) } },
    },
    upload: { input: stream(z.instanceof(Uint8Array)), output: z.object({ bytes: z.int() }) },
    leave: { input: z.string(), oneway: true },
  },
  {
    callbacks: {
      ask: {
        input: z.object({ question: z.string(), seconds: z.int().default(30) }),
        output: z.object({ answer: z.string().max(20), by: Line.optional() }),
        errors: { BUSY: { code: 'UNAVAILABLE', data: z.object({ until: z.date() }) } },
      },
      // Named like a method, and of another type.
      join: { input: z.string(), oneway: true },
      typing: { input: z.int(), output: stream(z.string().nullable()) },
      spell: { input: stream(z.string()), output: z.string() },
    },
  },
);
