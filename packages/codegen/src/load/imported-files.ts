import { createRequire } from 'node:module';
import { trackNativeImports } from './native-imports.js';

/**
 * Notes from now on which files this process runs as modules, packages left out.
 *
 * @returns a function that tells those of this moment: absolute and sorted.
 */
export function trackImportedFiles(): () => readonly string[] {
  const { cache } = createRequire(import.meta.url);
  const before = new Set(Object.keys(cache));
  const imported = trackNativeImports();
  return () => {
    const files = new Set(imported());
    // CommonJS, and whatever jiti has run.
    for (const file of Object.keys(cache)) if (!before.has(file)) files.add(file);
    return [...files].filter((file) => !/[\\/]node_modules[\\/]/.test(file)).sort();
  };
}
