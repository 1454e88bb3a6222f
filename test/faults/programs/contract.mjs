// The service under test. Its schemas let everything pass: what is tested here lies below them, and a process that
// lives for a tenth of a second should not load a validator.
import { defineService } from '@doorcall/core';

const anything = {
  '~standard': { version: 1, vendor: 'doorcall-test', validate: (value) => ({ value }) },
};

const methods = {
  /** What is to be done stands in the input: see handlers.mjs. */
  work: { input: anything, output: anything },
  note: { input: anything, oneway: true },
};
const callbacks = { ask: { input: anything, output: anything } };

export const faults = defineService('faults', methods, { callbacks });
/** The same, of a server that is drained again and again. */
export const drained = defineService('faults.drained', methods, { callbacks });
