import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';

const packages = path.resolve(import.meta.dirname, '..', '..', '..', '..');

/** A folder as a user has it, with doorcall and zod installed; gone when the test ends. */
export interface Project {
  readonly folder: string;
  /** Absolute path of a file in it. */
  at(name: string): string;
  /** Writes files by their names in the folder. */
  write(files: Readonly<Record<string, string>>): void;
}

export function project(files: Readonly<Record<string, string>>, { type = 'module' } = {}): Project {
  // Not below a symbolic link, so that paths can be compared.
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'doorcall-project-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const at = (name: string) => path.join(folder, name);
  const write = (more: Readonly<Record<string, string>>) => {
    for (const [name, text] of Object.entries(more)) {
      mkdirSync(path.dirname(at(name)), { recursive: true });
      writeFileSync(at(name), text);
    }
  };
  write({ 'package.json': JSON.stringify({ name: 'project', private: true, type }), ...files });
  install(folder);
  return { folder, at, write };
}

function install(folder: string): void {
  mkdirSync(path.join(folder, 'node_modules', '@doorcall'), { recursive: true });
  for (const name of ['core', 'codegen', 'cli']) {
    symlinkSync(path.join(packages, name), path.join(folder, 'node_modules', '@doorcall', name));
  }
  const zod = realpathSync(path.join(packages, 'core', 'node_modules', 'zod'));
  symlinkSync(zod, path.join(folder, 'node_modules', 'zod'));
}

/** The text of a contract module with one service. */
export function contract(name: string, { imports = '', input = 'z.string()' } = {}): string {
  return [
    imports,
    "import { defineService } from '@doorcall/core';",
    "import { z } from 'zod';",
    `export const ${name} = defineService('${name}', { place: { input: ${input}, output: z.void() } });`,
  ].join('\n');
}
