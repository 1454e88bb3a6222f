import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Consumer, install } from './consumer.js';
import { run } from './pack.js';

describe.each([{ scripts: true }, { scripts: false }])(
  'installed with install scripts $scripts',
  (options) => {
    let consumer: Consumer;
    beforeAll(() => {
      consumer = install(inject('tarballs'), options);
    });
    afterAll(() => rmSync(consumer.folder, { recursive: true, force: true }));

    it('there is no compiler to help', () => {
      for (const compiler of ['g++', 'cc', 'c++', 'clang', 'make', 'python3']) {
        expect(() => run('sh', ['-c', `command -v ${compiler}`], consumer.folder, consumer.env)).toThrow();
      }
    });

    it('loads the addon from an ES module', () => {
      const code = "import { loadNative } from '@doorcall/native'; console.log(typeof loadNative());";
      expect(run('node', ['--input-type=module', '-e', code], consumer.folder, consumer.env)).toBe(
        'object\n',
      );
    });

    it('loads the addon from CommonJS', () => {
      const code = "console.log(typeof require('@doorcall/native').loadNative());";
      expect(run('node', ['--input-type=commonjs', '-e', code], consumer.folder, consumer.env)).toBe(
        'object\n',
      );
    });
  },
);
