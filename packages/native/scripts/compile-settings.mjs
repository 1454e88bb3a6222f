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
export const sourcesRelativeTo = (folder) => {
  return layers.flatMap((layer) => sourcesIn(path.join('src', layer), folder));
};

/** What the floor of the latency lab is compiled of: its own files, and what it takes from the layers. */
export const floorSourcesRelativeTo = (folder) => [
  ...['floor', 'src/fault', 'src/ring'].flatMap((part) => sourcesIn(part, folder)),
  ...sourcesIn('src/os', folder, ['cgroup.cc', 'cpu.cc', 'futex.cc']),
];

/** @param only these files, instead of all. */
function sourcesIn(part, folder, only = readdirSync(path.join(packageRoot, part))) {
  const from = path.join(packageRoot, folder);
  return only
    .filter((name) => name.endsWith('.cc'))
    .sort()
    .map((name) => path.relative(from, path.join(packageRoot, part, name)));
}
