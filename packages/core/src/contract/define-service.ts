import { isStatusCode } from '../errors/status.js';
import { answeredKind } from './method-kind.js';
import {
  type CheckMethodName,
  type CheckServiceName,
  checkMethodName,
  checkReason,
  checkServiceName,
} from './names.js';
import { nestedStream } from './nested-stream.js';
import { isStandardSchema, type StandardSchema } from './standard-schema.js';
import { itemOf } from './stream.js';
import {
  type ErrorSpec,
  type MethodDefinition,
  type MethodSpec,
  type MethodSpecs,
  type NoCallbacks,
  type ServiceDefinition,
  serviceSymbol,
} from './types.js';

type Specs = MethodSpecs;

/** What a method's specification may hold. */
const SPEC_KEYS = ['input', 'output', 'errors', 'oneway'] as const;
type SpecKey = (typeof SPEC_KEYS)[number];

/** Method ids are 16 bits on the wire. */
const MAX_METHODS = 65_536;

/** Refuses bad method names and misspelt properties, by type. */
export type CheckMethods<Methods> = {
  readonly [Name in keyof Methods]: CheckMethodName<Name> & {
    readonly [Key in Exclude<keyof Methods[Name], SpecKey>]: never;
  };
};

/**
 * Defines a service: the contract that client and server share.
 *
 * @param name 1 to 64 of `a-z`, `0-9`, `.`, `_`, `-`; it becomes a folder name.
 * @param methods by name. A method without `input` takes nothing, one without `output` returns nothing, one with
 * `oneway: true` is sent and not answered; `stream(schema)` in the place of a schema makes it streaming.
 * @returns a frozen object with one property per method, to be passed to `connect`, `serve` and `isRpcError`.
 * @throws TypeError for a bad or reserved name, a bad schema, an unknown status code.
 */
export function defineService<
  const Name extends string,
  const Methods extends Specs,
  const Callbacks extends Specs = NoCallbacks,
>(
  name: Name & CheckServiceName<Name>,
  methods: Methods & CheckMethods<Methods>,
  options: ServiceOptions<Callbacks & CheckMethods<Callbacks>> = {},
): ServiceDefinition<Methods, Callbacks, Name> {
  checkServiceName(name, false);
  const unknown = Object.keys(options).find((key) => key !== 'callbacks');
  if (unknown !== undefined) {
    throw new TypeError(`service '${name}': there is no option '${unknown}'; there is 'callbacks'`);
  }
  return build<Methods, Callbacks>(name, methods, options.callbacks) as ServiceDefinition<
    Methods,
    Callbacks,
    Name
  >;
}

/** What a contract says besides its methods. */
export interface ServiceOptions<Callbacks> {
  /** Methods that every client serves, and the server calls as `ctx.client`. By default there are none. */
  readonly callbacks?: Callbacks;
}

/** The name of the service that a service's callbacks are. */
export function callbacksName(service: string): string {
  return `${service}.callbacks`;
}

/** Defines a service of doorcall's own, whose name begins with `doorcall.`. */
export function defineBuiltinService<const Methods extends Specs>(
  name: string,
  methods: Methods,
): ServiceDefinition<Methods> {
  checkServiceName(name, true);
  return build(name, methods);
}

function build<Methods extends Specs, Callbacks extends Specs = NoCallbacks>(
  service: string,
  specs: Methods,
  callbacks?: Callbacks,
): ServiceDefinition<Methods, Callbacks> {
  if (typeof specs !== 'object' || specs === null) {
    throw new TypeError(`service '${service}': the methods are an object`);
  }
  const names = Object.keys(specs).sort();
  if (names.length === 0 || names.length > MAX_METHODS) {
    throw new TypeError(`service '${service}' has ${names.length} methods; it needs 1 to ${MAX_METHODS}`);
  }
  const methods = names.map((name, id) => {
    checkMethodName(service, name);
    return method(service, name, id, specs[name]);
  });

  const definition: Record<PropertyKey, unknown> = Object.create(null);
  for (const each of methods) definition[each.name] = each;
  definition[serviceSymbol] = Object.freeze({
    name: service,
    methods: Object.freeze(methods),
    ...(callbacks === undefined ? {} : { callbacks: build(callbacksName(service), callbacks) }),
  });
  return Object.freeze(definition) as ServiceDefinition<Methods, Callbacks>;
}

function method(service: string, name: string, id: number, spec: MethodSpec | undefined): MethodDefinition {
  const path = `${service}.${name}`;
  if (typeof spec !== 'object' || spec === null) throw new TypeError(`${path}: a method is an object`);
  for (const key of Object.keys(spec)) {
    if (!(SPEC_KEYS as readonly string[]).includes(key)) {
      throw new TypeError(`${path}: unknown property '${key}'; a method has ${SPEC_KEYS.join(', ')}`);
    }
  }
  const { input, output, errors } = spec;
  const oneway = spec.oneway === true;
  if (oneway && (output !== undefined || errors !== undefined)) {
    throw new TypeError(`${path}: a one-way method is not answered, so it has neither output nor errors`);
  }
  const kind = oneway ? 'oneway' : answeredKind(isStream(input), isStream(output));
  if (oneway && isStream(input)) {
    throw new TypeError(`${path}: a one-way method sends one message, so its input is no stream`);
  }
  return Object.freeze({
    kind,
    service,
    name,
    id,
    ...(input === undefined ? {} : { input: schema(`${path}: input`, itemOf(input) ?? input) }),
    ...(output === undefined ? {} : { output: schema(`${path}: output`, itemOf(output) ?? output) }),
    ...(errors === undefined ? {} : { errors: declaredErrors(path, errors) }),
  });
}

function isStream(spec: unknown): boolean {
  return itemOf(spec) !== undefined;
}

function declaredErrors(
  path: string,
  errors: Readonly<Record<string, ErrorSpec>>,
): Readonly<Record<string, ErrorSpec>> {
  const checked: Record<string, ErrorSpec> = Object.create(null);
  for (const [reason, spec] of Object.entries(errors)) {
    checkReason(path, reason);
    if (!isStatusCode(spec?.code)) {
      throw new TypeError(
        `${path}: error ${reason} has no status code; write { code: 'FAILED_PRECONDITION' }`,
      );
    }
    if (spec.data !== undefined) schema(`${path}: data of error ${reason}`, spec.data);
    checked[reason] = Object.freeze({ ...spec });
  }
  return Object.freeze(checked);
}

function schema(what: string, value: unknown): StandardSchema {
  if (itemOf(value) !== undefined) throw new TypeError(`${what} is a stream where one value belongs`);
  if (!isStandardSchema(value)) {
    throw new TypeError(`${what} is not a schema: pass one of zod 4 or of another Standard Schema library`);
  }
  const nested = nestedStream(value);
  if (nested !== undefined) {
    throw new TypeError(
      `${what} has a stream within (${nested}): stream() stands for a whole input or output, in the place of its schema`,
    );
  }
  return value;
}
