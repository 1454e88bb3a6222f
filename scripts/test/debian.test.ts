import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const helper = path.resolve(import.meta.dirname, '..', 'lib', 'debian.mjs');

/** The only folder of PATH. */
let bin: string;
beforeEach(() => {
  bin = mkdtempSync(path.join(tmpdir(), 'doorcall-path-'));
  symlinkSync('/bin/sh', path.join(bin, 'sh'));
});
afterEach(() => rmSync(bin, { recursive: true }));

const provide = (command: string, body: string) => {
  writeFileSync(path.join(bin, command), `#!/bin/sh\n${body}\n`);
  chmodSync(path.join(bin, command), 0o755);
};

/** Asks for two commands of two packages, as this user or another. */
function ask(uid = 0) {
  const program =
    `process.getuid = () => ${uid};` +
    `const { provideCommands } = await import(${JSON.stringify(helper)});` +
    "provideCommands({ one: 'package-one', two: 'package-two' }, 'the test needs them'); console.log('ready');";
  return spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    env: { PATH: bin },
    encoding: 'utf8',
  });
}

describe('commands out of Debian packages', () => {
  it('are not installed when they are there', () => {
    provide('one', '');
    provide('two', '');
    provide('apt-get', 'exit 1');
    expect(ask()).toMatchObject({ status: 0, stdout: 'ready\n' });
  });

  it('are asked for in one sentence by whoever may not install', () => {
    provide('two', '');
    provide('apt-get', `echo called > ${path.join(bin, 'log')}`);
    const { status, stderr } = ask(1000);
    expect(stderr).toBe(
      'doorcall: one is not on PATH; the test needs them (Debian: apt install package-one).\n',
    );
    expect(status).toBe(2);
    expect(existsSync(path.join(bin, 'log'))).toBe(false);
  });

  it('are asked for where there is no apt-get', () => {
    const { status, stderr } = ask();
    expect(stderr).toContain('one and two are not on PATH; the test needs them');
    expect(stderr).toContain('apt install package-one package-two');
    expect(status).toBe(2);
  });

  it('are installed by root, just what is missing, after an update where that is needed', () => {
    const log = path.join(bin, 'log');
    provide('two', '');
    // Nothing can be installed before the lists of packages are there.
    provide(
      'apt-get',
      `echo "$@" >> ${log}\ncase "$*" in *update) : > ${bin}/updated;; *) test -e ${bin}/updated;; esac`,
    );
    expect(ask()).toMatchObject({ status: 0, stdout: expect.stringContaining('ready\n') });
    const install = '-qq install -y --no-install-recommends package-one\n';
    expect(readFileSync(log, 'utf8')).toBe(`${install}-qq update\n${install}`);
  });

  it('and an installation that fails says so', () => {
    provide('apt-get', 'exit 1');
    const { status, stderr } = ask();
    expect(stderr).toContain('It could not be installed.');
    expect(status).toBe(2);
  });
});
