import type { CallOptions } from '../contract/types.js';
import type { ClientCore } from './client.js';
import type { MethodPlan } from './method-plan.js';

/** An object without a prototype that has a function for each method. */
export function methodsOf(core: ClientCore, plans: readonly MethodPlan[]): Record<string | symbol, unknown> {
  const stub = Object.create(null) as Record<string | symbol, unknown>;
  for (const plan of plans) stub[plan.definition.name] = callable(core, plan);
  return stub;
}

function callable(core: ClientCore, plan: MethodPlan): unknown {
  const { name } = plan.definition;
  // The name shows in stack traces.
  if (plan.streamsOutput) {
    return {
      [name]: (input?: unknown, options?: CallOptions) => core.stream(plan, input, options),
    }[name];
  }
  const { [name]: call } = {
    [name]: (input?: unknown, options?: CallOptions) => core.call(plan, input, options),
  };
  if (plan.oneway || plan.streaming) return call;
  return Object.assign(call as object, {
    sync: (input?: unknown, options?: CallOptions) => core.callSync(plan, input, options),
  });
}
