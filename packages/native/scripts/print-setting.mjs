// Prints one of the compile settings, an item a line, for binding.gyp.
import { createRequire } from 'node:module';
import { defines, flags, sourcesRelativeTo } from './compile-settings.mjs';

const settings = {
  flags: () => flags,
  defines: () => defines,
  includes: () => ['../src', createRequire(import.meta.url)('node-addon-api').include_dir],
  sources: () => sourcesRelativeTo('addon'),
};

console.log(settings[process.argv[2]]().join('\n'));
