// A copy of the C++ sources and of what is built of them, in which one file at a time is spoiled.
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { builtFolder, commandFor, testFolder } from './cpp-tests.mjs';
import { buildAndRunAddon, runUnspoiledAddon } from './mutant-addon.mjs';
import { run } from './run.mjs';

const nativeFolder = path.dirname(testFolder);
/** A test that hangs longer has noticed something. */
const hangLimitMs = 40_000;
/** The tests themselves wait less long for what must happen, and end with the first that fails. */
const environment = { ...process.env, DOORCALL_WATCHDOG_MS: '10000', DOORCALL_END_AT_FAILURE: '1' };

export function sourceOf(file) {
  return readFileSync(path.join(nativeFolder, 'src', file), 'utf8');
}

/** Names of all tests of the layers that are spoiled. */
export function testNames() {
  return readdirSync(testFolder)
    .filter((name) => /^(ring|arena|channel)_.*\.cc$/.test(name))
    .map((name) => name.slice(0, -'.cc'.length));
}

/** What a test links: the fewer, the less there is to compile after a change of a header. */
function layersOf(test) {
  const layers = { ring: ['ring', 'os'], arena: ['arena', 'os'] }[test.split('_')[0]] ?? [
    'ring',
    'arena',
    'os',
    'channel',
  ];
  const sources = layers.flatMap((layer) =>
    readdirSync(path.join(nativeFolder, 'src', layer))
      .filter((name) => name.endsWith('.cc'))
      .map((name) => `../src/${layer}/${name}`),
  );
  return sources.join(' ');
}

async function buildAndRun(native, { test, sanitize = '' }) {
  const suffix = sanitize === '' ? '' : `-${sanitize.replaceAll(',', '-')}`;
  const target = `../build/test${suffix}/${test}`;
  const folder = path.join(native, 'test');
  const make = ['--silent', '-C', folder, `SANITIZE=${sanitize}`, `layers=${layersOf(test)}`, target];
  const built = await run('make', make, { quiet: true });
  if (built.code !== 0) return { built: false, output: built.stderr };
  const [command, ...args] = await commandFor(path.join(folder, target), sanitize);
  const { code, stdout, stderr } = await run(command, args, {
    quiet: true,
    timeoutMs: hangLimitMs,
    env: environment,
  });
  return { built: true, green: code === 0 && / 0 failed\s*$/.test(stdout), output: stderr };
}

/** The sources as they are: builds what copies start from, and says whether that test passes. */
export function runUnspoiled(step) {
  return step.addon ? runUnspoiledAddon(step.test) : buildAndRun(nativeFolder, step);
}

export class Workspace {
  #native;
  #spoiled;

  /** @param folder empty or not there yet. */
  constructor(folder) {
    this.#native = folder;
    // With their times, so that make finds nothing to do; executables are linked anew anyway.
    const copy = (name, filter) =>
      cpSync(path.join(nativeFolder, name), path.join(folder, name), {
        recursive: true,
        preserveTimestamps: true,
        filter,
      });
    copy('src');
    copy('test');
    for (const built of ['', 'thread', 'address,undefined'].map((sanitize) =>
      path.basename(builtFolder(sanitize)),
    )) {
      if (readdirSync(path.join(nativeFolder, 'build')).includes(built)) {
        copy(path.join('build', built), (from) => !/\/(ring|arena|channel|os|napi)_\w+$/.test(from));
      }
    }
  }

  /** Spoils one file, having restored the one before. */
  spoil({ file, from, to }) {
    if (this.#spoiled !== undefined && this.#spoiled !== file)
      this.#write(this.#spoiled, sourceOf(this.#spoiled));
    this.#spoiled = file;
    // A function, for `to` may contain what replace() takes for a pattern.
    this.#write(
      file,
      sourceOf(file).replace(from, () => to),
    );
  }

  run(step) {
    return step.addon
      ? buildAndRunAddon(this.#native, this.#spoiled, step.test)
      : buildAndRun(this.#native, step);
  }

  #write(file, text) {
    writeFileSync(path.join(this.#native, 'src', file), text);
  }
}
