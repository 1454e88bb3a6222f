import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const source = new URL('../../src/', import.meta.url);
const folders = ['contract', 'codec', 'errors'];

describe('contract, codec and errors', () => {
  it('import zod for its types only: other schema libraries work without it', () => {
    const files = folders.flatMap((folder) =>
      readdirSync(new URL(`${folder}/`, source), { encoding: 'utf8', recursive: true })
        .filter((name) => name.endsWith('.ts'))
        .map((name) => `${folder}/${name}`),
    );
    expect(files.length).toBeGreaterThan(20);
    const imports = files.flatMap((file) => {
      const text = readFileSync(new URL(file, source), 'utf8');
      return [...text.matchAll(/^(import|export)[^;]*from 'zod[^;]*;/gm)].map(([statement]) => statement);
    });
    expect(imports.length).toBeGreaterThan(0);
    expect(imports.filter((statement) => !statement.startsWith('import type'))).toEqual([]);
  });
});
