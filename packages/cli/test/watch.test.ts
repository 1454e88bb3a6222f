import { existsSync, readFileSync, rmSync } from 'node:fs';
import { expect, it } from 'vitest';
import { contract, project } from '../../codegen/test/load/support/project.js';
import { Running } from './support/command.js';

const WORD = (word: string) => `export const word = '${word}';\n`;
const importing = (specifier: string) =>
  contract('orders', { imports: `import { word } from '${specifier}';`, input: 'z.literal(word)' });

async function watching(folder: string, ...args: readonly string[]): Promise<Running> {
  const running = new Running(folder, 'gen', '--watch', ...args);
  await running.until('watching ');
  return running;
}

it.each([
  ['TypeScript', 'deep/words.ts', './deep/words.js'],
  ['JavaScript', 'deep/words.mjs', './deep/words.mjs'],
  ['CommonJS', 'deep/words.cjs', './deep/words.cjs'],
])('generates again when a %s file that a contract imports has changed', async (_, file, specifier) => {
  const text = (word: string) => (file.endsWith('.cjs') ? `exports.word = '${word}';\n` : WORD(word));
  const made = project({ 'orders.service.ts': importing(specifier), [file]: text('tea') });
  const running = await watching(made.folder, 'orders.service.ts');
  expect(readFileSync(made.at('orders.gen.ts'), 'utf8')).toContain('tea');
  made.write({ [file]: text('coffee') });
  await running.until(`${file} has changed`);
  await running.until('wrote orders.gen.ts');
  expect(readFileSync(made.at('orders.gen.ts'), 'utf8')).toContain('coffee');
});

it('survives a contract that fails, in every way, and goes on when it is mended', async () => {
  const made = project({ 'orders.service.ts': importing('./deep/words.js'), 'deep/words.ts': WORD('tea') });
  const running = await watching(made.folder, 'orders.service.ts');
  const breakages = [
    ['export const word = ;', 'words.ts:1:'],
    ["throw new Error('not today');", 'not today'],
  ] as const;
  for (const [text, message] of breakages) {
    made.write({ 'deep/words.ts': text });
    await running.until(message);
    await running.until('watching ');
  }
  made.write({ 'deep/words.ts': 'process.exit(3);' });
  await running.until('watching ');
  rmSync(made.at('deep/words.ts'));
  await running.until('could not be loaded');
  await running.until('watching ');
  made.write({ 'deep/words.ts': WORD('coffee') });
  await running.until('wrote orders.gen.ts');
  expect(readFileSync(made.at('orders.gen.ts'), 'utf8')).toContain('coffee');
});

it('goes on when a file comes that was missing from the start', async () => {
  const made = project({ 'orders.service.ts': importing('./words.js') });
  const running = await watching(made.folder, 'orders.service.ts');
  made.write({ 'words.ts': WORD('tea') });
  await running.until('wrote orders.gen.ts');
});

it('ends a run that hangs as soon as something changes', async () => {
  const made = project({ 'orders.service.ts': "console.log('hanging in', process.pid, '.');\nfor (;;);\n" });
  const running = new Running(made.folder, 'gen', '--watch', 'orders.service.ts');
  await running.until('hanging in ');
  const pid = Number.parseInt(await running.until(' .'), 10);
  made.write({ 'orders.service.ts': contract('orders') });
  await running.until('wrote orders.gen.ts');
  // However long that takes: nothing else would end it.
  await expect.poll(() => existsSync(`/proc/${pid}`), { timeout: 200_000 }).toBe(false);
});

it('notices contracts that come, and a changed configuration', async () => {
  const config = (out: string) => `export default { contracts: ['src/**/*.service.ts'], out: '${out}' };\n`;
  const made = project({ 'doorcall.config.ts': config('one'), 'src/orders.service.ts': contract('orders') });
  const running = await watching(made.folder);
  made.write({ 'src/new/billing.service.ts': contract('billing') });
  await running.until('wrote one/billing.gen.ts');
  await running.until('watching ');
  made.write({ 'doorcall.config.ts': config('two') });
  await running.until('wrote two/billing.gen.ts');
});

it('tells each run to programs, one line each', async () => {
  const made = project({ 'orders.service.ts': contract('orders') });
  const running = new Running(made.folder, 'gen', '--watch', '--json', 'orders.service.ts');
  expect(JSON.parse(await running.until('\n'))).toMatchObject({ ok: true });
});

it.each(['SIGINT', 'SIGTERM'] as const)('ends with 0 on %s', async (signal) => {
  const made = project({ 'orders.service.ts': contract('orders') });
  const running = await watching(made.folder, 'orders.service.ts');
  expect(await running.end(signal)).toBe(0);
});
