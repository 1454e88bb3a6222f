import { expect, it } from 'vitest';
import { trackImportedFiles } from '../../src/load/imported-files.js';
import { loadContracts } from '../../src/load/index.js';
import { contract, project } from './support/project.js';

it('tells the modules that a contract consists of, in TypeScript and JavaScript', async () => {
  const made = project({
    'a.ts': contract('orders', { imports: "import './b.js';\nimport './c.mjs';\nimport './d.cjs';" }),
    'b.ts': "import './deep/e.js';\nexport {};\n",
    'c.mjs': "import './deep/f.js';\n",
    'd.cjs': "require('./deep/g.cjs');\n",
    'deep/e.ts': 'export {};\n',
    'deep/f.js': '',
    'deep/g.cjs': '',
    'unused.ts': '',
  });
  const imported = trackImportedFiles();
  await loadContracts(made.at('a.ts'));
  expect(imported().filter((file) => file.startsWith(made.folder))).toEqual(
    ['a.ts', 'b.ts', 'c.mjs', 'd.cjs', 'deep/e.ts', 'deep/f.js', 'deep/g.cjs'].map(made.at),
  );
});
