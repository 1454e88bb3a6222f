// Puts what the pages of `doorcall bench` need of the plotting library into dist, with its licence: as a dependency it
// would be most of what an installation of the command weighs.
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { build } from 'esbuild';

const root = path.resolve(import.meta.dirname, '..');
const at = (name) => path.join(root, 'dist', 'bench', 'page', name);

await build({
  entryPoints: [path.join(root, 'src/bench/page/charts.ts')],
  outfile: at('charts.js'),
  bundle: true,
  minify: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  logLevel: 'warning',
});
// It is of the file that this one has replaced.
rmSync(at('charts.js.map'), { force: true });

const require = createRequire(import.meta.url);
const folderOf = (manifest) => path.dirname(require.resolve(manifest));
const echarts = folderOf('echarts/package.json');
copyFileSync(path.join(echarts, 'LICENSE'), at('LICENSE-echarts'));
copyFileSync(path.join(echarts, 'NOTICE'), at('NOTICE-echarts'));
const zrender = folderOf(createRequire(path.join(echarts, 'package.json')).resolve('zrender/package.json'));
writeFileSync(at('LICENSE-zrender'), readFileSync(path.join(zrender, 'LICENSE')));
