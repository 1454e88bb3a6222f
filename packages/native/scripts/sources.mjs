// Prints the addon's C++ sources, one a line, as binding.gyp wants them: relative to addon/.
import { sourcesRelativeTo } from './compile-settings.mjs';

console.log(sourcesRelativeTo('addon').join('\n'));
