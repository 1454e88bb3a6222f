import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { checkCase, generated } from './law/law.js';
import { valueFor } from './values/value.js';

/** A group of tests in the suite's files. */
interface Group {
  readonly description: string;
  readonly schema: Parameters<typeof z.fromJSONSchema>[0];
  readonly tests: readonly { readonly description: string; readonly data: unknown }[];
}

const folder = fileURLToPath(new URL('json-schema/draft7', import.meta.url));
/** Values made by the schema itself, beside those of the suite. */
const VALUES_PER_SCHEMA = 20;
const NUMBERS_PER_VALUE = 40;

const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.json'))
  .sort();
let contracts = 0;

describe('contracts made from the JSON Schema Test Suite keep the law', () => {
  it.each(files)('%s', (file) => {
    for (const { description, schema, tests } of groupsOf(file)) {
      const contract = contractOf(schema);
      if (contract === undefined) continue;
      contracts++;
      const subject = generated(contract, `z.fromJSONSchema(${JSON.stringify(schema)}) (${description})`);
      for (const [i, { data }] of tests.entries()) checkCase(subject, () => structuredClone(data), i);
      for (let i = 0; i < VALUES_PER_SCHEMA; i++) {
        const numbers = numbersOf(`${file} ${description}`, i);
        checkCase(subject, () => valueFor(contract, numbers), i);
      }
    }
  });

  it('which are most of it', () => {
    const groups = files.flatMap(groupsOf).length;
    expect(contracts).toBeGreaterThan(groups / 2);
  });
});

function groupsOf(file: string): readonly Group[] {
  return JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as readonly Group[];
}

/** The schema as zod's; undefined where zod has nothing for a keyword. */
function contractOf(schema: Group['schema']): z.ZodType | undefined {
  try {
    return z.fromJSONSchema(schema, { defaultTarget: 'draft-7' });
  } catch {
    return undefined;
  }
}

/** Numbers that are the same in each run, and others for each value. */
function numbersOf(seed: string, index: number): readonly number[] {
  let state = index + 1;
  for (const character of seed) state = Math.imul(state ^ character.charCodeAt(0), 0x01000193) >>> 0;
  return Array.from({ length: NUMBERS_PER_VALUE }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 16;
  });
}
