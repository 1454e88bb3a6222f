// The services under test. Most schemas let everything pass: what is tested here lies below them.
import { defineService, stream } from '@doorcall/core';
import { blob, fd } from '@doorcall/core/zod';
import { z } from 'zod';

const anything = {
  '~standard': { version: 1, vendor: 'doorcall-test', validate: (value) => ({ value }) },
};
const parcel = z.object({ id: z.string(), lent: blob(), copied: blob(), file: fd() });

const methods = {
  /** What is to be done stands in the input: see handlers.mjs. */
  work: { input: anything, output: anything },
  note: { input: anything, oneway: true },
  /** Sends back what it got. */
  carry: { input: parcel, output: parcel },
  /** Sends each item back; the id stands in the metadata. */
  flow: { input: stream(anything), output: stream(anything) },
  /** One item, and no end. */
  watch: { input: anything, output: stream(anything) },
};
const callbacks = { ask: { input: anything, output: anything } };

export const faults = defineService('faults', methods, { callbacks });
/** The same, of a server that is drained again and again. */
export const drained = defineService('faults.drained', methods, { callbacks });
/** The same, of servers that take it over from each other. */
export const handed = defineService('faults.handed', methods, { callbacks });
