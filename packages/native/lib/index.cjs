'use strict';

// The one place that decides which binary is loaded. Nothing is loaded at import: on a platform without a binary
// the import must work, and the first use says what is missing.
const { existsSync } = require('node:fs');
const path = require('node:path');

const packageRoot = path.dirname(__dirname);
// A checkout has its own build here; the published package leaves the folder out.
const localBuild = path.join(packageRoot, 'addon');
const debugBuild = path.join(localBuild, 'build', 'Debug', 'doorcall.node');

let addon;

function loadNative() {
  addon ??= load();
  return addon;
}

function load() {
  const missing = platformProblem();
  if (missing !== undefined) throw new Error(missing);
  const checkout = existsSync(path.join(localBuild, 'build'));
  // For doorcall's own tests, and with a build of one's own only: a published package has nothing but its prebuilds.
  const debug = checkout && process.env.DOORCALL_DEBUG_BUILD === '1';
  const binary = debug ? require(debugBuild) : loadBinary(checkout ? localBuild : packageRoot);
  const facility = binary.missingFacility();
  if (facility !== '') throw new Error(`doorcall needs ${facility}.`);
  return binary;
}

function loadBinary(root) {
  try {
    return require('node-gyp-build')(root);
  } catch (cause) {
    throw new Error(
      `doorcall has no binary that loads on ${process.platform}-${process.arch} with Node ${process.versions.node}: ` +
        `${cause instanceof Error ? cause.message.split('\n')[0] : cause}`,
      { cause },
    );
  }
}

function platformProblem() {
  if (process.platform !== 'linux') {
    return `doorcall needs Linux: shared memory between processes is not available on ${process.platform}.`;
  }
  if (process.arch !== 'x64' && process.arch !== 'arm64') {
    return `doorcall needs an x64 or arm64 processor, this is ${process.arch}.`;
  }
  return undefined;
}

module.exports = { loadNative };
