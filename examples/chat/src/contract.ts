import { defineService, stream } from '@doorcall/core';
import { door } from '@doorcall/core/zod';
import { z } from 'zod';

export const Name = z.string().regex(/^[\w-]{1,32}$/, 'a name is made of up to 32 letters, digits, _ and -');
const Text = z.string().min(1).max(2_000);

export const Message = z.object({ number: z.int(), from: z.string(), text: Text });
export type Message = z.output<typeof Message>;

/** What a member of a room can do there. It lives as long as the member holds it. */
export const membership = defineService('membership', {
  /** Says one thing after the other; answers each with its number in the room, once it was passed on to the others. */
  say: { input: stream(Text), output: stream(z.int()) },
  members: { output: z.array(z.string()) },
  /** What was said last, oldest first. */
  history: { input: z.object({ last: z.int().min(0).max(1_000) }), output: stream(Message) },
});

export const chat = defineService(
  'chat',
  {
    /** Enters a room. Letting go of the door leaves it, and so does vanishing. */
    join: {
      input: z.object({ room: Name, name: Name }),
      output: door(membership),
      errors: { NAME_TAKEN: { code: 'ALREADY_EXISTS', data: z.object({ members: z.array(z.string()) }) } },
    },
  },
  {
    callbacks: {
      /** Somebody else has said something. Sent and not answered: a room waits for nobody. */
      notify: { input: z.object({ room: Name, message: Message }), oneway: true },
    },
  },
);
