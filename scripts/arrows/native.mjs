// The layers of the C++ addon: which folder of packages/native/src may include what.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { filesBelow } from '../lib/files.mjs';

/** For each layer, the layers that it may include besides itself. */
const allowed = {
  // Failpoints of debug builds. Its header is pure, so that every layer may have them.
  fault: [],
  ring: ['fault'],
  arena: ['fault'],
  os: ['fault'],
  channel: ['fault', 'ring', 'arena', 'os'],
  napi: ['fault', 'ring', 'arena', 'os', 'channel'],
};

/** Layers that make no system call, beside what lies in `fault`. */
const pure = new Set(['ring', 'arena']);

const nodeHeaders = /^(napi|node_api|js_native_api|uv|node|v8)([-./].*)?$/;

// Parts of the standard library that end in a system call, each of which belongs in `os`.
const standardButNotPure = new Set(
  'barrier chrono condition_variable csignal ctime filesystem format fstream future iostream latch mutex print semaphore shared_mutex stop_token syncstream thread'.split(
    ' ',
  ),
);

// The C headers that name machine instructions or plain types.
const pureDespiteTheirSuffix = new Set([
  'arm_acle.h',
  'emmintrin.h',
  'immintrin.h',
  'stddef.h',
  'stdint.h',
  'xmmintrin.h',
]);

/** Violations as sentences, each beginning with file:line. */
export function nativeViolations(sourceRoot) {
  const violations = [];
  const includes = new Map();
  for (const file of filesBelow(sourceRoot, ['.h', '.cc'])) {
    const name = path.relative(sourceRoot, file);
    const layer = name.split(path.sep)[0];
    const found = includesOf(file);
    const targets = [];
    includes.set(name, targets);
    for (const { target, quoted, line } of found) {
      const at = `${file}:${line}`;
      if (!Object.hasOwn(allowed, layer)) {
        violations.push(`${at}: ${layer} is no layer; scripts/arrows/native.mjs lists them`);
      } else if (quoted) {
        const resolved = resolve(name, target);
        targets.push(resolved);
        const targetLayer = resolved.split('/')[0];
        if (targetLayer !== layer && !allowed[layer].includes(targetLayer)) {
          violations.push(`${at}: ${layer} must not include ${target}`);
        }
      } else if (layer !== 'napi' && nodeHeaders.test(target)) {
        violations.push(`${at}: only napi knows Node, ${layer} must not include <${target}>`);
      } else if (pure.has(layer) && !isPure(target)) {
        violations.push(`${at}: ${layer} makes no system call, so it must not include <${target}>`);
      }
    }
  }
  return { violations, graph: includes };
}

function includesOf(file) {
  const found = [];
  for (const [index, text] of readFileSync(file, 'utf8').split('\n').entries()) {
    const match = /^\s*#\s*include\s*(?:<([^>]+)>|"([^"]+)")/.exec(text);
    if (match === null) continue;
    found.push({ target: match[1] ?? match[2], quoted: match[2] !== undefined, line: index + 1 });
  }
  return found;
}

/** Includes are written from the source root ("os/futex.h"); one that starts with a dot is relative to its file. */
function resolve(from, target) {
  return target.startsWith('.')
    ? path.posix.join(path.posix.dirname(from), target)
    : path.posix.normalize(target);
}

function isPure(header) {
  if (pureDespiteTheirSuffix.has(header)) return true;
  return !header.includes('.') && !header.includes('/') && !standardButNotPure.has(header);
}
