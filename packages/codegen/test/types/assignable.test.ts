import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { watchErasedTypes } from '../../src/types/index.js';
import { checkTypes } from './support/check-types.js';

const stop = watchErasedTypes();
const file = path.resolve(import.meta.dirname, 'fixtures/nodes.service.ts');
const { nodes } = await import('./fixtures/nodes.service.js');
afterAll(stop);

/** One type with a signature that its properties do not fit can be inferred, but not be written. */
const intersections = new Set(['catchall', 'catchallSame', 'catchallTransform']);

const verdicts = checkTypes(nodes, file, 'nodes', (method) =>
  intersections.has(method) ? 'Mutual' : 'Same',
);

test.each(verdicts)('$type', ({ text, problem }) => {
  expect(problem, text).toBeUndefined();
});
