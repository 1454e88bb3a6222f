import type { ServiceCodec } from '../codec/codec.js';
import { methodPath } from '../contract/call-errors.js';
import { streamsInput, streamsOutput } from '../contract/method-kind.js';
import { serviceOf } from '../contract/service-of.js';
import type { AnyService, MethodDefinition } from '../contract/types.js';
import { FIRST_BUILTIN_METHOD } from '../health/health.js';

/** All that a client looks up once per method, so that it need not per call. */
export interface MethodPlan {
  readonly definition: MethodDefinition;
  readonly id: number;
  readonly oneway: boolean;
  readonly streamsInput: boolean;
  readonly streamsOutput: boolean;
  /** Its input, its output or both are streams. */
  readonly streaming: boolean;
  /** Built-in methods are the same for every server and no part of the contract. */
  readonly builtin: boolean;
  /** The door that it is a method of, and how its values are encoded. */
  readonly door?: { readonly id: number; readonly codec: ServiceCodec };
  /** `service/method` */
  readonly path: string;
}

export function isBuiltin(service: AnyService): boolean {
  return serviceOf(service).name.startsWith('doorcall.');
}

export function planMethods(service: AnyService): readonly MethodPlan[] {
  const builtin = isBuiltin(service);
  return serviceOf(service).methods.map((definition) => ({
    definition,
    id: definition.id,
    oneway: definition.kind === 'oneway',
    streamsInput: streamsInput(definition.kind),
    streamsOutput: streamsOutput(definition.kind),
    streaming: streamsInput(definition.kind) || streamsOutput(definition.kind),
    builtin,
    path: methodPath(definition),
  }));
}

/** The number of a built-in method on the wire. */
export function builtinNumber(plan: MethodPlan): number {
  return FIRST_BUILTIN_METHOD + plan.id;
}
