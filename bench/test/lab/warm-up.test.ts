import { expect, it } from 'vitest';
import { isStable } from '../../src/lab/warm-up.js';

it.each<[number[], boolean]>([
  [[100, 100], false],
  [[100, 100, 100], true],
  [[10, 60, 97, 100, 99], true],
  [[97, 100, 99, 130], false],
  [[100, 94.5, 97], true],
  [[100, 93, 97], false],
])('the rates %j are stable: %s', (rates, stable) => {
  expect(isStable(rates)).toBe(stable);
});
