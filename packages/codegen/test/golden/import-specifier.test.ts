import { expect, test } from 'vitest';
import { importSpecifier } from '../../src/emit/index.js';

test.each([
  ['orders.service.ts', '.js', './orders.service.js'],
  ['../api/orders.service.ts', '.js', '../api/orders.service.js'],
  ['./orders.ts', '.ts', './orders.ts'],
  ['./orders.ts', '', './orders'],
  ['./orders.mts', '.js', './orders.mjs'],
  ['./orders.mts', '', './orders.mjs'],
  ['./orders.cts', '.js', './orders.cjs'],
  ['./orders.js', '', './orders.js'],
  ['./orders.mjs', '.ts', './orders.mjs'],
  ['./orders', '.js', './orders'],
] as const)('%s with %j is %s', (file, extension, specifier) => {
  expect(importSpecifier(file, extension)).toBe(specifier);
});
