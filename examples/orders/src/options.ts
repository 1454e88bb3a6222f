import type { ServerInterceptor } from '@doorcall/core';
import { logCalls } from './call-log.js';
import type { Transport } from './transport.js';

/** Flags that all three processes take. */
export const COMMON_FLAGS = {
  transport: { type: 'string', default: 'doorcall' },
  'log-calls': { type: 'boolean', default: false },
} as const;

export function commonOptions(flags: { transport: string; 'log-calls': boolean }): {
  transport: Transport;
  interceptors: readonly ServerInterceptor[];
} {
  const { transport } = flags;
  if (transport !== 'doorcall' && transport !== 'http') {
    throw new TypeError(`--transport is doorcall or http, not ${transport}`);
  }
  return { transport, interceptors: flags['log-calls'] ? [logCalls] : [] };
}

/** `['tea=5']` as a map. */
export function quantities(flags: readonly string[]): ReadonlyMap<string, number> {
  return new Map(
    flags.map((flag) => {
      const [sku = '', quantity] = flag.split('=');
      if (!Number.isInteger(Number(quantity))) throw new TypeError(`--stock is sku=quantity, not ${flag}`);
      return [sku, Number(quantity)];
    }),
  );
}
