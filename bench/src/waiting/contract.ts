import { defineService } from '@doorcall/core';
import { z } from 'zod';

/** As little as a contract can be, so that waiting is what is measured: µs of work in, the same out. */
export function workService(name: string) {
  return defineService(name, { work: { input: z.number(), output: z.number() } });
}
