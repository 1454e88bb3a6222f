import type { InspectOptions } from 'node:util';

/** Names the method that decides how `console.log` and `util.inspect` show an object. */
export const inspectSymbol: unique symbol = Symbol.for('nodejs.util.inspect.custom') as never;

/** Such a method. */
export type Inspector = (
  depth: number,
  options: InspectOptions,
  inspect: (value: unknown, options?: InspectOptions) => string,
) => string;

/** One that shows what `facts` are at that moment, after a name. */
export function shownAs(name: string, facts: () => object): Inspector {
  return (depth, options, inspect) => (depth < 0 ? `[${name}]` : `${name} ${inspect(facts(), options)}`);
}
