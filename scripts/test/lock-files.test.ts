import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

// Everyone installs from the registry of their own settings; an address in a lock file would overrule them.
it.each(['pnpm-lock.yaml', 'scripts/toolchains/zig/package-lock.json'])('%s names no host', (file) => {
  const text = readFileSync(path.resolve(import.meta.dirname, '..', '..', file), 'utf8');
  expect(text).toMatch(/integrity/);
  expect(text.split('\n').filter((line) => /https?:\/\/|"resolved"|tarball:/.test(line))).toEqual([]);
});
