import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

it('what doorcall gen wrote is what it would write now', async () => {
  const bench = fileURLToPath(new URL('..', import.meta.url));
  const check = promisify(execFile)('node_modules/.bin/doorcall', ['gen', '--check'], { cwd: bench });
  // Exits with 1 and a difference when it is not: `npm run pnpm -- --filter @doorcall/bench gen`.
  await expect(check).resolves.toBeDefined();
});
