import type { ServiceCodec } from '../codec/codec.js';
import { leadingToAttachments } from '../contract/attachment-shapes.js';
import { describe } from '../contract/descriptor.js';
import { streamsInput, streamsOutput } from '../contract/method-kind.js';
import { serviceOf } from '../contract/service-of.js';
import type { Validator } from '../contract/standard-schema.js';
import type { AnyService, MethodDefinition } from '../contract/types.js';
import { sendingValidatorOf, validatorOf } from '../contract/validate.js';
import { nearest } from '../errors/unknown-option.js';
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
  /** The door that it is a method of: calls of it hold it as long as they are open. */
  readonly door?: HeldByCalls;
  readonly run: RunHandler;
  readonly input: Validator | undefined;
  readonly output: Validator | undefined;
  /** By declared reason: what judges its data. */
  readonly errorData: ReadonlyMap<string, Validator | undefined>;
}

/** What calls hold that are open. */
export interface HeldByCalls {
  callBegan(): void;
  callEnded(): void;
}

/**
 * The plans of a service, by method id.
 * @param options.door of a door's methods
 * @throws TypeError when a method has no handler, or a handler no method.
 */
export function planMethods(
  service: AnyService,
  handlers: object,
  interceptors: readonly ServerInterceptor[],
  options: { readonly builtin: boolean; readonly codec?: ServiceCodec; readonly door?: HeldByCalls },
): readonly MethodPlan[] {
  const { name, methods } = serviceOf(service);
  const found = handlers as Readonly<Record<string, unknown>>;
  const missing = methods.filter((method) => typeof found[method.name] !== 'function');
  if (missing.length > 0) {
    const names = missing.map((method) => method.name).join(', ');
    throw new TypeError(`${name}: no handler function for ${names}`);
  }
  refuseUnknownHandlers(name, handlers, methods);
  const { builtin, codec, door } = options;
  return outlinesOf(service).map((outline) => {
    const handler = found[outline.definition.name] as RunHandler;
    const run = intercept(interceptors, outline.definition, handler.bind(handlers));
    if (codec === undefined || door === undefined) return { ...outline, builtin, run };
    return { ...outline, builtin, run, codec, door };
  });
}

/** What is the same whoever handles a method. */
type Outline = Omit<MethodPlan, 'builtin' | 'run' | 'codec' | 'door'>;

/** A service may be served by hundreds of doors. */
const outlines = new WeakMap<AnyService, readonly Outline[]>();

function outlinesOf(service: AnyService): readonly Outline[] {
  let found = outlines.get(service);
  if (found === undefined) {
    const { methods: described, shapes } = describe(service);
    const attaches = leadingToAttachments(shapes);
    found = serviceOf(service).methods.map((definition) =>
      outlineOf(definition, attaches[described[definition.id]?.output ?? -1] === true),
    );
    outlines.set(service, found);
  }
  return found;
}

function outlineOf(definition: MethodDefinition, attachesOutput: boolean): Outline {
  return {
    definition,
    id: definition.id,
    oneway: definition.kind === 'oneway',
    streamsInput: streamsInput(definition.kind),
    streamsOutput: streamsOutput(definition.kind),
    attachesOutput,
    input: validatorFor(definition.input),
    output: validatorFor(definition.output, attachesOutput ? sendingValidatorOf : validatorOf),
    errorData: new Map(
      Object.entries(definition.errors ?? {}).map(([reason, { data }]) => [reason, validatorFor(data)]),
    ),
  };
}

/** An object that is nobody's instance has handlers and nothing else: a function without a method is a misspelt one. */
function refuseUnknownHandlers(
  service: string,
  handlers: object,
  methods: readonly MethodDefinition[],
): void {
  const prototype: unknown = Object.getPrototypeOf(handlers);
  if (prototype !== Object.prototype && prototype !== null) return;
  const known = methods.map(({ name }) => name);
  for (const [key, value] of Object.entries(handlers)) {
    if (typeof value !== 'function' || known.includes(key)) continue;
    const meant = nearest(key, known);
    const hint = meant === undefined ? `it has ${known.join(', ')}` : `did you mean '${meant}'?`;
    throw new TypeError(`${service} has no method '${key}' to handle; ${hint}`);
  }
}

function validatorFor(schema: MethodDefinition['input'], validatorOfIt = validatorOf): Validator | undefined {
  return schema === undefined ? undefined : validatorOfIt(schema);
}
