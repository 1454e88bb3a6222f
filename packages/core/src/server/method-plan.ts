import type { ServiceCodec } from '../codec/codec.js';
import { leadingToAttachments } from '../contract/attachment-shapes.js';
import { describe } from '../contract/descriptor.js';
import { streamsInput, streamsOutput } from '../contract/method-kind.js';
import { serviceOf } from '../contract/service-of.js';
import type { Validator } from '../contract/standard-schema.js';
import type { AnyService, MethodDefinition } from '../contract/types.js';
import { sendingValidatorOf, validatorOf } from '../contract/validate.js';
import { intercept, type RunHandler, type ServerInterceptor } from './interceptor.js';

/** All that the server looks up once per method, so that it need not per call. */
export interface MethodPlan {
  readonly definition: MethodDefinition;
  readonly id: number;
  /** Built-in methods are not counted against limits, so that health answers under load. */
  readonly builtin: boolean;
  readonly oneway: boolean;
  readonly streamsInput: boolean;
  readonly streamsOutput: boolean;
  /** Whether blobs, descriptors or doors may be in its results. */
  readonly attachesOutput: boolean;
  /** Of a door's methods; those of the service have their connection's. */
  readonly codec?: ServiceCodec;
  readonly run: RunHandler;
  readonly input: Validator | undefined;
  readonly output: Validator | undefined;
  /** By declared reason: what judges its data. */
  readonly errorData: ReadonlyMap<string, Validator | undefined>;
}

/**
 * The plans of a service, by method id.
 * @throws TypeError when a method has no handler.
 */
export function planMethods(
  service: AnyService,
  handlers: object,
  interceptors: readonly ServerInterceptor[],
  options: { readonly builtin: boolean },
): readonly MethodPlan[] {
  const { name, methods } = serviceOf(service);
  const found = handlers as Readonly<Record<string, unknown>>;
  const missing = methods.filter((method) => typeof found[method.name] !== 'function');
  if (missing.length > 0) {
    const names = missing.map((method) => method.name).join(', ');
    throw new TypeError(`${name}: no handler function for ${names}`);
  }
  const { methods: described, shapes } = describe(service);
  const attaches = leadingToAttachments(shapes);
  return methods.map((definition) => {
    const handler = found[definition.name] as RunHandler;
    const attachesOutput = attaches[described[definition.id]?.output ?? -1] === true;
    return {
      definition,
      id: definition.id,
      builtin: options.builtin,
      oneway: definition.kind === 'oneway',
      streamsInput: streamsInput(definition.kind),
      streamsOutput: streamsOutput(definition.kind),
      attachesOutput,
      run: intercept(interceptors, definition, handler.bind(handlers)),
      input: validatorFor(definition.input),
      output: validatorFor(definition.output, attachesOutput ? sendingValidatorOf : validatorOf),
      errorData: new Map(
        Object.entries(definition.errors ?? {}).map(([reason, { data }]) => [reason, validatorFor(data)]),
      ),
    };
  });
}

function validatorFor(schema: MethodDefinition['input'], validatorOfIt = validatorOf): Validator | undefined {
  return schema === undefined ? undefined : validatorOfIt(schema);
}
