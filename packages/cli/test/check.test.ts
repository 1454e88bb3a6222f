import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { contract, project } from '../../codegen/test/load/support/project.js';
import { doorcall } from './support/command.js';

const FILE = 'src/orders.service.ts';

function generated() {
  const made = project({ [FILE]: contract('orders') });
  expect(doorcall(made.folder, 'gen', FILE).exitCode).toBe(0);
  return made;
}

it('accepts what was generated', () => {
  const { exitCode, stdout } = doorcall(generated().folder, 'gen', '--check', FILE);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^\d+ files? (is|are) up to date\n$/);
});

it('shows what would change after a change of the contract, and changes nothing', () => {
  const made = generated();
  const before = readFileSync(made.at('src/orders.gen.ts'), 'utf8');
  made.write({ [FILE]: contract('orders', { input: 'z.number()' }) });
  const { exitCode, stdout } = doorcall(made.folder, 'gen', '--check', FILE);
  expect(exitCode).toBe(1);
  expect(stdout).toContain(
    'src/orders.gen.ts is stale:\n--- a/src/orders.gen.ts\n+++ b/src/orders.gen.ts\n@@ ',
  );
  expect(stdout).toMatch(/^-.*string.*$/m);
  expect(stdout).toMatch(/^\+.*number.*$/m);
  expect(stdout).toMatch(/`doorcall gen` writes what is missing or stale\n$/);
  expect(readFileSync(made.at('src/orders.gen.ts'), 'utf8')).toBe(before);
});

it('shows what somebody has edited by hand', () => {
  const made = generated();
  const file = made.at('src/orders.gen.ts');
  writeFileSync(file, `${readFileSync(file, 'utf8')}// a note\n`);
  const { exitCode, stdout } = doorcall(made.folder, 'gen', '--check', FILE);
  expect(exitCode).toBe(1);
  expect(stdout).toContain('\n-// a note\n');
});

it('names what is missing, and makes nothing', () => {
  const made = generated();
  rmSync(made.at('src/orders.gen.ts'));
  const { exitCode, stdout } = doorcall(made.folder, 'gen', '--check', FILE);
  expect(exitCode).toBe(1);
  expect(stdout).toContain('src/orders.gen.ts is missing\n');
  expect(existsSync(made.at('src/orders.gen.ts'))).toBe(false);
});

it('tells stale and missing files to programs', () => {
  const made = generated();
  rmSync(made.at('src/orders.gen.ts'));
  made.write({ 'src/billing.service.ts': contract('billing') });
  const { exitCode, stdout } = doorcall(
    made.folder,
    'gen',
    '--check',
    '--json',
    FILE,
    'src/billing.service.ts',
  );
  expect(exitCode).toBe(1);
  const { ok, files } = JSON.parse(stdout);
  expect(ok).toBe(false);
  expect(files).toContainEqual({ path: 'src/orders.gen.ts', kind: 'service', state: 'missing' });
  expect(files).toContainEqual({ path: 'src/billing.gen.ts', kind: 'service', state: 'missing' });
});

it('complains with --silent, too', () => {
  const made = generated();
  rmSync(made.at('src/orders.gen.ts'));
  const { exitCode, stdout } = doorcall(made.folder, 'gen', '--check', '--silent', FILE);
  expect(exitCode).toBe(1);
  expect(stdout).toContain('src/orders.gen.ts is missing\n');
});
