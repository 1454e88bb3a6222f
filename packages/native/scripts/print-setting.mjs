// Prints one of the compile settings, an item a line, for binding.gyp.

import { defines, flags, floorSourcesRelativeTo, sourcesRelativeTo } from './compile-settings.mjs';
import { nodeApiHeaders } from './node-headers.mjs';

const settings = {
  flags: () => flags,
  defines: () => defines,
  includes: () => ['../src', nodeApiHeaders()],
  sources: () => sourcesRelativeTo('addon'),
  floorSources: () => floorSourcesRelativeTo('floor'),
};

console.log(settings[process.argv[2]]().join('\n'));
