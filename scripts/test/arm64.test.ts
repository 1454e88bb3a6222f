import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { cannotBeEmulated } from '../lib/arm64.mjs';
import { repositoryRoot } from '../lib/paths.mjs';

it('what the emulator cannot run are tests that there are, and none of the rings', () => {
  for (const name of Object.keys(cannotBeEmulated)) {
    expect(existsSync(path.join(repositoryRoot, 'packages', 'native', 'test', `${name}.cc`)), name).toBe(
      true,
    );
    expect(name).not.toMatch(/^ring_/);
  }
});
