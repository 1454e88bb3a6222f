import { defineBuiltinService } from '../contract/define-service.js';
import type { StandardSchema } from '../contract/standard-schema.js';

/** What a server says about itself. */
export interface HealthReport {
  readonly status: 'SERVING' | 'DRAINING';
  readonly service: string;
  readonly pid: number;
  /** Time since the server began to listen, in milliseconds. */
  readonly uptimeMs: number;
  /** Calls that the server is working on. */
  readonly inFlight: number;
}

/**
 * The built-in health service. Every server answers it, whatever it serves:
 * `connect(health, { of: 'orders' })`, or `checkHealth(client)` for a client that exists already.
 */
export const health = defineBuiltinService('doorcall.health', { check: { output: reportSchema() } });

/**
 * Methods of built-in services are called by numbers from here on, on every connection; a contract's own
 * methods count from 0.
 */
export const FIRST_BUILTIN_METHOD = 0xff00;

/** A schema by hand, so that the package itself needs no schema library. */
function reportSchema(): StandardSchema<HealthReport> {
  return {
    '~standard': {
      version: 1,
      vendor: 'doorcall',
      validate: (value) => ({ value: value as HealthReport }),
    },
  };
}
