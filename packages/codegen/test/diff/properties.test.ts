// What the comparison says must be what happens: to values, and to contracts that meet in a handshake.
import { defineService, type MethodSpec } from '@doorcall/core';
import {
  describe as describeService,
  judge,
  parseDescriptor,
  type ServiceDescriptor,
  serializeDescriptor,
} from '@doorcall/core/contract';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Affected, diffContracts } from '../../src/diff/index.js';
import { formatSnapshot, parseSnapshot } from '../../src/snapshot/index.js';
import { CHECKED, pairs } from './schema-pairs.js';

/** The same each time: a run that fails has a reason in what has changed. `SEED` and `RUNS` try others. */
const RUNS = { numRuns: Number(process.env.RUNS ?? 1_000), seed: Number(process.env.SEED ?? 1) };

function contract(method: MethodSpec): ServiceDescriptor {
  return describeService(defineService('s' as string, { m: method }));
}

function broken(old: ServiceDescriptor, next: ServiceDescriptor): ReadonlySet<Affected> {
  return new Set(diffContracts([old], [next]).flatMap(({ breaks }) => breaks.map(({ who }) => who)));
}

/** Whether a client of one contract is refused by a server of another. */
function refused(client: ServiceDescriptor, server: ServiceDescriptor): boolean {
  return judge(client, parseDescriptor(serializeDescriptor(server))).get('m')?.ok !== true;
}

test('where a method is refused at run time, somebody was said to break', () => {
  const specs = [
    (schema: object) => ({ input: schema }),
    (schema: object) => ({ output: schema }),
    (schema: object) => ({ errors: { R: { code: 'ABORTED', data: schema } } }),
    (schema: object) => ({ input: schema, oneway: true }),
  ] as readonly ((schema: object) => MethodSpec)[];
  fc.assert(
    fc.property(pairs(), fc.constantFrom(...specs), ([old, next], spec) => {
      const [before, after] = [contract(spec(old.schema)), contract(spec(next.schema))];
      const who = broken(before, after);
      if (refused(before, after)) expect(who).toContain('old-client');
      if (refused(after, before)) expect(who).toContain('old-server');
    }),
    RUNS,
  );
});

test('a value that an old client may send is taken, unless old clients were said to break', () => {
  const property = (leaves?: Parameters<typeof pairs>[0]) =>
    fc.property(
      pairs(leaves).chain((pair) => fc.tuple(fc.constant(pair), pair[0].values)),
      ([[old, next], value]) => {
        expect(old.schema.safeParse(value).success).toBe(true);
        const who = broken(contract({ input: old.schema }), contract({ input: next.schema }));
        if (!who.has('old-client')) expect(next.schema.safeParse(value)).toMatchObject({ success: true });
      },
    );
  fc.assert(property(), RUNS);
  fc.assert(property(CHECKED), RUNS);
});

test('what a server answers is what a client expects, unless it was said to break', () => {
  fc.assert(
    fc.property(
      pairs().chain(([old, next]) => fc.tuple(fc.constant(old), fc.constant(next), old.values, next.values)),
      ([old, next, oldValue, newValue]) => {
        const who = broken(contract({ output: old.schema }), contract({ output: next.schema }));
        const answered = (value: unknown, server: typeof old) => server.schema.parse(value);
        if (!who.has('old-client')) {
          expect(old.lenient.safeParse(answered(newValue, next))).toMatchObject({ success: true });
        }
        if (!who.has('old-server')) {
          expect(next.lenient.safeParse(answered(oldValue, old))).toMatchObject({ success: true });
        }
      },
    ),
    RUNS,
  );
});

test('a contract has no difference from its own snapshot', () => {
  fc.assert(
    fc.property(pairs(), pairs(CHECKED), ([{ schema }, other], [checked]) => {
      const whole = contract({
        input: schema,
        output: checked.schema,
        errors: { R: { code: 'ABORTED', data: other.schema } },
      });
      const text = formatSnapshot(whole);
      const { fingerprint, ...rest } = whole;
      expect(parseSnapshot(text)).toEqual(rest);
      expect(formatSnapshot(parseSnapshot(text))).toBe(text);
      expect(diffContracts([whole], [parseSnapshot(text)])).toEqual([]);
    }),
    RUNS,
  );
});
