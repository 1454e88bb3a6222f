// docs/codegen.md, followed to the letter: what it says to write is written, what it says to run is run, and what it
// says comes out must come out.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, inject, it, onTestFinished } from 'vitest';
import { installedVersion } from './consumer.js';
import { repositoryRoot } from './pack.js';

const tarballs = inject('tarballs');

/** What the registry would give once the packages are published; the others in the versions that are installed here. */
const published: Readonly<Record<string, readonly string[]>> = {
  '@doorcall/core': [tarballs.core, tarballs.native],
  '@doorcall/cli': [tarballs.cli, tarballs.codegen, tarballs.load],
  zod: [`zod@${installedVersion('packages/core/node_modules/zod')}`],
  typescript: [`typescript@${installedVersion('node_modules/typescript')}`],
  '@types/node': [`@types/node@${installedVersion('node_modules/@types/node')}`],
};

interface Block {
  readonly language: string;
  readonly text: string;
}

function blocks(): readonly Block[] {
  const guide = readFileSync(path.join(repositoryRoot, 'docs', 'codegen.md'), 'utf8');
  const [, section = ''] = /^## From an empty folder to a call$(.*?)^## /ms.exec(guide) ?? [];
  return [...section.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language = '', text = '']) => ({
    language,
    text,
  }));
}

it('the guide leads from an empty folder to a call', () => {
  const start = mkdtempSync(path.join(tmpdir(), 'doorcall-guide-'));
  onTestFinished(() => rmSync(start, { recursive: true, force: true }));
  let folder = start;
  let said = '';
  const languages: string[] = [];
  for (const { language, text } of blocks()) {
    languages.push(language);
    if (language === 'sh') {
      said = sh(text, folder);
      folder = path.join(start, 'shop');
    } else if (language === 'text') {
      expect(said).toBe(text);
    } else {
      const [, name] = /^\/\/ (\S+)\n/.exec(text) ?? [];
      if (name === undefined) throw new Error(`a block that names no file:\n${text}`);
      writeFileSync(path.join(folder, name), text);
    }
  }
  expect(languages).toEqual(expect.arrayContaining(['sh', 'text', 'ts', 'json']));
});

function sh(script: string, folder: string): string {
  const installing = script.replace(/^npm install .*$/gm, (line) => {
    const words = line.split(' ').flatMap((word) => published[word] ?? [word]);
    return `${words.join(' ')} --prefer-offline --no-audit --no-fund`;
  });
  // npm and pnpm hand their settings down in the environment; a user's shell has none of ours.
  const inherited = Object.entries(process.env).filter(([name]) => !/^(npm|pnpm)_/i.test(name));
  const { status, stdout, stderr } = spawnSync('sh', ['-e'], {
    cwd: folder,
    env: { ...Object.fromEntries(inherited), DOORCALL_DIR: path.join(folder, '.run') },
    input: installing,
    encoding: 'utf8',
    timeout: 100_000,
    killSignal: 'SIGKILL',
  });
  if (status !== 0) throw new Error(`${script}ended with ${status}:\n${stdout}${stderr}`);
  return stdout;
}
