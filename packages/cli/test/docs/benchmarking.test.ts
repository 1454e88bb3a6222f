// docs/benchmarking-your-service.md, followed to the letter: what it says to write is written, what it says to run is
// run, and what it says comes out must come out, but for the figures.
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { describe, expect, it, onTestFinished } from 'vitest';
import { project } from '../../../codegen/test/load/support/project.js';
import { benchCommand } from '../../src/commands/bench.js';

const text = readFileSync(
  path.resolve(import.meta.dirname, '../../../../docs/benchmarking-your-service.md'),
  'utf8',
);
const blocks = [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language = '', block = '']) => ({
  language,
  block,
}));

describe('the guide to doorcall bench', () => {
  it('says what happens', async () => {
    const made = project({});
    mkdirSync(made.at('bin'));
    symlinkSync(path.resolve(import.meta.dirname, '../../bin/doorcall.js'), made.at('bin/doorcall'));
    const env = {
      ...process.env,
      NODE_OPTIONS: '',
      DOORCALL_DIR: made.at('services'),
      PATH: `${made.at('bin')}${path.delimiter}${path.dirname(process.execPath)}${path.delimiter}${process.env.PATH}`,
    };
    const sh = async (script: string) => {
      const child = spawn('sh', ['-e'], { cwd: made.folder, env, stdio: ['pipe', 'pipe', 'inherit'] });
      child.stdin.end(script.replaceAll('npx doorcall', 'doorcall'));
      let said = '';
      child.stdout.setEncoding('utf8').on('data', (part: string) => {
        said += part;
      });
      expect((await once(child, 'close'))[0]).toBe(0);
      return said;
    };
    const serve = () => {
      const server = fork(made.at('server.js'), { cwd: made.folder, env });
      onTestFinished(() => {
        server.kill('SIGKILL');
      });
    };

    let said = '';
    for (const { language, block } of blocks) {
      if (language === 'ts') {
        const [, name = ''] = /^\/\/ (\S+)\n/.exec(block) ?? [];
        const { outputText } = ts.transpileModule(block, {
          compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
        });
        made.write({ [name]: block, [name.replace(/\.ts$/, '.js')]: outputText });
        if (name === 'server.ts') serve();
      } else if (language === 'sh') {
        said = await sh(block);
      } else {
        expect(shapeOf(said)).toEqual(shapeOf(block));
      }
    }
    expect(blocks.filter(({ language }) => language === 'sh')).toHaveLength(5);
    expect(blocks.filter(({ language }) => language === 'text')).toHaveLength(3);
    expect(readFileSync(made.at('report.html'), 'utf8')).toContain('orders/place');
  });

  it('lists every option', () => {
    const listed = text.match(/^\| `-.*?(?= \|)/gm)?.flatMap((row) => row.match(/--?[a-z-]+/g) ?? []);
    const flags = benchCommand().options.flatMap(({ short, long }) =>
      [short, long].filter((flag) => flag != null),
    );
    expect(listed?.sort()).toEqual(flags.sort());
  });
});

/** Lines without figures, units and bars; without what the machine of the moment is remarked upon with. */
function shapeOf(output: string): readonly string[] {
  return output
    .replace(
      /\n(The generator itself|[\d,]+ calls a second were achieved|[\d,]+ of [\d,]+ calls that were due).*/g,
      '',
    )
    .trimEnd()
    .split('\n')
    .map((line) =>
      /^(orders|doorcall:|exit)/.test(line)
        ? line
        : line
            .replace(/(?<=(:|in|\]|^) +)[\d,.]+ ?([µnm]?s)?/g, 'N')
            .replace(/[\d,.]+ [µnm]?s/g, 'N')
            .replace(/\[[\d,]+\]/g, '[N]')
            .replace(/[\d,.]+ calls$/, 'N calls')
            .replace(/∎+/, '')
            .replace(/ +/g, ' '),
    );
}
