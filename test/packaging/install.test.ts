import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { type Consumer, install } from './consumer.js';
import { run } from './pack.js';
import { whileServing } from './serving.js';

const programs = path.join(import.meta.dirname, 'programs');
const jest = path.join(import.meta.dirname, 'node_modules', 'jest', 'bin', 'jest.js');

describe.each([{ scripts: true }, { scripts: false }])(
  'installed with install scripts $scripts',
  (options) => {
    let consumer: Consumer;
    beforeAll(() => {
      consumer = install(inject('tarballs'), options);
      cpSync(programs, consumer.folder, { recursive: true });
    });
    afterAll(() => rmSync(consumer.folder, { recursive: true, force: true }));

    const node = (...args: string[]) => run('node', args, consumer.folder, consumer.env);

    it('there is no compiler to help', () => {
      for (const compiler of ['g++', 'cc', 'c++', 'clang', 'make', 'python3']) {
        expect(() => run('sh', ['-c', `command -v ${compiler}`], consumer.folder, consumer.env)).toThrow();
      }
    });

    it('calls from an ES module', async () => {
      await whileServing(consumer, 'server.mjs', () => {
        expect(node('client.mjs')).toBe('hello esm, it is 2001; hello sync, it is 2001\n');
      });
    });

    it('calls from CommonJS', async () => {
      await whileServing(consumer, 'server.mjs', () => {
        expect(node('client.cjs')).toBe('hello cjs, it is 2001; hello sync, it is 2001\n');
      });
    });

    it.each([
      { format: 'esm', program: 'client.mjs', greeting: 'hello esm' },
      { format: 'cjs', program: 'client.cjs', greeting: 'hello cjs' },
    ] as const)('calls from an esbuild bundle that leaves only the addon out ($format)', async (bundle) => {
      // Elsewhere, so that nothing but the addon is found where the bundle runs.
      const folder = mkdtempSync(path.join(tmpdir(), 'doorcall-bundle-'));
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
      for (const needed of ['@doorcall/native', 'node-gyp-build']) {
        const place = path.join('node_modules', needed);
        cpSync(path.join(consumer.folder, place), path.join(folder, place), { recursive: true });
      }
      await build({
        entryPoints: [path.join(consumer.folder, bundle.program)],
        outfile: path.join(folder, bundle.program),
        bundle: true,
        platform: 'node',
        target: 'node20',
        format: bundle.format,
        external: ['@doorcall/native'],
        logLevel: 'error',
      });
      await whileServing(consumer, 'server.mjs', () => {
        const said = run('node', [bundle.program], folder, consumer.env);
        expect(said).toBe(`${bundle.greeting}, it is 2001; hello sync, it is 2001\n`);
      });
    });

    it('calls under Jest', async () => {
      await whileServing(consumer, 'server.mjs', () => {
        run(
          'node',
          ['--experimental-vm-modules', jest, '--runInBand', '--rootDir', consumer.folder],
          consumer.folder,
          consumer.env,
        );
      });
    });
  },
);
