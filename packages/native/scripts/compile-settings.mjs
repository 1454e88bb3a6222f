// What is compiled into the addon and how: for binding.gyp (through print-setting.mjs) and for the cross-compiled
// binaries alike, so that both are the same program.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const packageRoot = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

export const defines = [
  'NAPI_VERSION=8',
  'NAPI_DISABLE_CPP_EXCEPTIONS',
  // A worker that is being terminated can throw nothing any more: that must not end the process.
  'NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS',
  '_GNU_SOURCE',
];

export const flags = [
  '-std=c++20',
  '-O2',
  '-Wall',
  '-Wextra',
  '-fno-exceptions',
  '-fvisibility=hidden',
  '-fvisibility-inlines-hidden',
];

const layers = ['fault', 'ring', 'arena', 'os', 'channel', 'napi'];

/** Every .cc file of the layers, relative to a folder of this package. */
export function sourcesRelativeTo(folder) {
  const from = path.join(packageRoot, folder);
  return layers
    .map((layer) => path.join(packageRoot, 'src', layer))
    .flatMap((layer) =>
      readdirSync(layer)
        .filter((name) => name.endsWith('.cc'))
        .sort()
        .map((name) => path.relative(from, path.join(layer, name))),
    );
}
