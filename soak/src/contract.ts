/** A service with methods of every kind. Each input carries the call's id, which the ledger is kept by. */
import { defineService, stream } from '@doorcall/core';
import { blob, door, fd } from '@doorcall/core/zod';
import { z } from 'zod';

const id = z.int().nonnegative();
const bytes = z.instanceof(Uint8Array);

export const listener = defineService('listener', { hear: { input: z.int(), output: z.int() } });

export const soak = defineService(
  'soak',
  {
    echo: { input: z.object({ id, bytes }), output: bytes },
    note: { input: z.object({ id }), oneway: true },
    /** Of one client, `order` never goes back. */
    inOrder: { input: z.object({ id, client: id, order: z.int() }), output: z.int() },
    /** Takes as long as it says, or until it is cancelled. */
    linger: { input: z.object({ id, ms: z.number() }) },
    count: { input: z.object({ id, to: z.int() }), output: stream(z.int()) },
    /** Goes on until its server drains. */
    follow: { input: z.object({ id }), output: stream(z.int()) },
    add: { input: stream(z.object({ id, index: z.int(), bytes })), output: z.int() },
    converse: { input: stream(z.object({ id, index: z.int() })), output: stream(z.int()) },
    invert: { input: z.object({ id, pixels: blob() }), output: z.object({ pixels: blob() }) },
    read: { input: z.object({ id, file: fd() }), output: z.string() },
    ask: { input: z.object({ id, question: z.int() }), output: z.int() },
    tell: { input: z.object({ id, listener: door(listener) }), output: z.int() },
  },
  { callbacks: { answer: { input: z.int(), output: z.int() } } },
);
