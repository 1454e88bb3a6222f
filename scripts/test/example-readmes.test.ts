import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const scriptsOf = (folder: string): object =>
  JSON.parse(readFileSync(path.join(root, folder, 'package.json'), 'utf8')).scripts;

const examples = readdirSync(path.join(root, 'examples'), { recursive: false, encoding: 'utf8' }).filter(
  (name) => name !== 'support',
);

/** Each npm command of the shell blocks, with the folder that it is run in. */
function commandsOf(readme: string): { folder: string; script: string; line: string }[] {
  const blocks = [...readme.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block);
  return blocks.flatMap((block) => {
    let folder = '.';
    return block.split('\n').flatMap((line) =>
      line.split(/&&|;/).flatMap((command) => {
        const [, entered] = /^\s*cd (\S+)/.exec(command) ?? [];
        if (entered !== undefined) folder = entered;
        const [, script] = /^\s*npm (?:run )?(\S+)/.exec(command) ?? [];
        return script === undefined ? [] : [{ folder, script, line }];
      }),
    );
  });
}

describe('what the readme of an example tells to run', () => {
  test.each(examples)('%s: is there where it is run', (name) => {
    const commands = commandsOf(readFileSync(path.join(root, 'examples', name, 'README.md'), 'utf8'));
    expect(commands.length).toBeGreaterThan(0);
    for (const { folder, script, line } of commands)
      expect(Object.keys(scriptsOf(folder)), `${line}, in ${folder}`).toContain(script);
  });
});
