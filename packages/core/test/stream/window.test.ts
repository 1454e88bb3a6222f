import { expect, test } from 'vitest';
import { resolveWindow } from '../../src/stream/window.js';

test('a window has its defaults and its bounds', () => {
  expect(resolveWindow('connect', {})).toEqual({ streamWindowBytes: 262_144, streamWindowItems: 1_024 });
  const least = { streamWindowBytes: 1_024, streamWindowItems: 1 };
  const most = { streamWindowBytes: 2 ** 30, streamWindowItems: 65_535 };
  for (const window of [least, most]) expect(resolveWindow('connect', window)).toEqual(window);
});

test.each([
  { streamWindowBytes: 1_023 },
  { streamWindowBytes: 2 ** 30 + 1 },
  { streamWindowBytes: 2_000.5 },
  { streamWindowBytes: Number.NaN },
  { streamWindowBytes: '4096' as never },
  { streamWindowItems: 0 },
  { streamWindowItems: 65_536 },
  { streamWindowItems: 1.5 },
])('%o is refused by name', (options) => {
  const [name = ''] = Object.keys(options);
  expect(() => resolveWindow('connect', options)).toThrow(
    new RegExp(`^connect: ${name} is .* a whole number from`),
  );
});
