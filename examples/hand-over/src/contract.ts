import { defineService, stream } from '@doorcall/core';
import { fd } from '@doorcall/core/zod';
import { z } from 'zod';

/** Who serves the connections that the supervisor accepts. */
export const worker = defineService('worker', {
  /**
   * Serves a connection: says the worker's name when it has it, and ends when the connection does. So each connection is
   * a call in flight, and the supervisor's client gives a new one to the worker that has the fewest.
   */
  take: { input: fd(), output: stream(z.string()) },
});
