import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { findConfigFile, type SettingsRequest } from '@doorcall/codegen';
import type { GenOptions } from '../gen/options.js';
import { shortPath } from '../terminal/paths.js';
import { Run } from './run.js';
import { Sources } from './sources.js';

/** Editors and version control change several files at once. */
const SETTLE_MS = 30;

/** Generates, and again whenever something that the outcome depends on changes, until SIGINT or SIGTERM. */
export async function watch(request: SettingsRequest, options: GenOptions): Promise<void> {
  const say = (text: string): void => {
    if (options.silent !== true && options.json !== true) process.stdout.write(`${text}\n`);
  };
  const interrupted = signal();
  let changed = deferred<string>();
  const sources = new Sources((file) => changed.resolve(file));
  await sources.begin(knownFiles(request));

  for (;;) {
    changed = deferred();
    const startedAt = Date.now();
    const run = new Run({ request, options });
    const first = await Promise.race([run.end.then((end) => ({ end })), changed.promise, interrupted]);
    let file: string | symbol | undefined;
    if (typeof first === 'object') {
      file = await sources.follow(first.end, startedAt);
      if (file === undefined) {
        say(`watching ${sources.count} ${sources.count === 1 ? 'file' : 'files'}`);
        file = await Promise.race([changed.promise, interrupted]);
      }
    } else {
      file = first;
      await run.stop();
    }
    if (typeof file === 'symbol') break;
    say(`${shortPath(file)} has changed`);
    await pause(SETTLE_MS);
  }
  await sources.close();
}

const INTERRUPTED = Symbol('interrupted');

/** Resolves at the first SIGINT or SIGTERM. A second one ends the process as usual. */
function signal(): Promise<typeof INTERRUPTED> {
  return new Promise((resolve) => {
    const handle = () => {
      process.off('SIGINT', handle).off('SIGTERM', handle);
      resolve(INTERRUPTED);
    };
    process.on('SIGINT', handle).on('SIGTERM', handle);
  });
}

/** What can be watched before a first run has told more. */
function knownFiles({ files = [], config, cwd = '.' }: SettingsRequest): readonly string[] {
  const configFile = config === undefined ? findConfigFile(cwd) : path.resolve(cwd, config);
  const named = files.map((file) => path.resolve(cwd, file));
  return configFile === undefined ? named : [...named, configFile];
}

function deferred<Value>(): { readonly promise: Promise<Value>; readonly resolve: (value: Value) => void } {
  let resolve: (value: Value) => void = () => {};
  const promise = new Promise<Value>((fulfil) => {
    resolve = fulfil;
  });
  return { promise, resolve };
}
