// What is compiled and how, for every build that does not go through binding.gyp.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const packageRoot = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

const layers = ['ring', 'os', 'channel', 'napi'];

/** Every .cc file of the layers, relative to a folder of this package. */
export function sourcesRelativeTo(folder, wanted = layers) {
  const from = path.join(packageRoot, folder);
  return wanted
    .flatMap((layer) => ccFilesIn(path.join(packageRoot, 'src', layer)))
    .map((file) => path.relative(from, file));
}

function ccFilesIn(folder) {
  let names;
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  return names
    .filter((name) => name.endsWith('.cc'))
    .sort()
    .map((name) => path.join(folder, name));
}
