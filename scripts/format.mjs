// Rewrites sources as the linters want them.   npm run format [-- path...]
import { run } from './lib/run.mjs';

const paths = process.argv.slice(2);
const typescript = await run('biome', ['check', '--write', ...(paths.length > 0 ? paths : ['.'])]);
const cpp = await run('node', ['scripts/clang-format.mjs', '--write', ...paths]);
process.exit(typescript.code === 0 && cpp.code === 0 ? 0 : 1);
