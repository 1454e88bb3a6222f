import { type CheckMethodNames, type CheckServiceName } from './names.js';
import { type AnyService, type MethodSpec, type ServiceDefinition, type ServiceInternals, serviceSymbol } from './types.js';

/** Defines a service: its name and its methods. */
export declare function defineService<
  const Name extends string,
  const Specs extends Readonly<Record<string, MethodSpec>>,
>(name: Name & CheckServiceName<Name>, methods: Specs & CheckMethodNames<Specs>): ServiceDefinition<Specs>;

/** Defines a service of the framework's own: names that begin with `doorcall.` are kept for these. */
export declare function defineBuiltinService<const Specs extends Readonly<Record<string, MethodSpec>>>(
  name: string,
  methods: Specs,
): ServiceDefinition<Specs>;

/** What the framework reads from a service definition. */
export function serviceOf(service: AnyService): ServiceInternals {
  return service[serviceSymbol];
}
