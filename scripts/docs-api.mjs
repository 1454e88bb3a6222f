// Generates the reference of the public API from its TSDoc into docs/api.
import { build } from './lib/build.mjs';
import { run } from './lib/run.mjs';

await build('@doorcall/core');
const { code } = await run('typedoc', ['--options', 'typedoc.json']);
process.exit(code);
