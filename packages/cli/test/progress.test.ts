import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { contract, project } from '../../codegen/test/load/support/project.js';
import { progressLine } from '../src/terminal/progress.js';
import { doorcall } from './support/command.js';

function terminal({ columns = 80, isTTY = true } = {}): NodeJS.WriteStream {
  return Object.assign(new PassThrough({ encoding: 'utf8' }), {
    columns,
    isTTY,
  }) as unknown as NodeJS.WriteStream;
}

it('overwrites one line, cut to the width of the terminal, and takes it away at the end', () => {
  const stream = terminal({ columns: 9 });
  const progress = progressLine(stream);
  progress?.show('1/2 orders.ts');
  progress?.show('2/2 x');
  progress?.clear();
  const erase = '\x1b[1G\x1b[2K';
  expect(stream.read()).toBe(`${erase}1/2 orde${erase}2/2 x${erase}`);
});

it('stays away where nobody watches', () => {
  expect(progressLine(terminal({ isTTY: false }))).toBeUndefined();
  const names = Array.from({ length: 9 }, (_, i) => `service${i}`);
  const made = project(Object.fromEntries(names.map((name) => [`${name}.service.ts`, contract(name)])));
  const { exitCode, stderr } = doorcall(made.folder, 'gen', '*.service.ts');
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
});
