// One generation for `doorcall gen --watch`, in a process of its own: modules run once in a process, and a contract
// may end its process, fill it or hang it, and the watch goes on.
import { Console } from 'node:console';
import {
  CodegenError,
  filesInStack,
  type Settings,
  settingsFor,
  trackImportedFiles,
} from '@doorcall/codegen';
import { ExitCode, exitCodeOf } from '../exit.js';
import { write } from '../gen/write.js';
import { reportFailure } from '../terminal/failure.js';
import type { RunEnd, Task } from './message.js';

const { request, options } = JSON.parse(process.argv[2] as string) as Task;
const json = options.json === true;
if (json) globalThis.console = new Console(process.stderr);

const imported = trackImportedFiles();
const blamed: string[] = [];
let settings: Settings | undefined;

process.on('exit', (exitCode) => {
  const files = [...imported(), ...(settings?.files ?? []), ...blamed];
  const end: RunEnd = {
    ok: exitCode === ExitCode.ok,
    files: [...new Set(files)],
    ...(settings === undefined ? {} : { patterns: settings.patterns }),
  };
  process.send?.(end);
});
process.on('uncaughtException', (error) => {
  reportFailure(error, json);
  blamed.push(...filesInStack(error));
  process.exit(ExitCode.failed);
});

const exitCode = await exitCodeOf(async () => {
  try {
    settings = await settingsFor(request);
    await write(settings, options);
  } catch (error) {
    // A file that failed to load may be in no list of loaded ones.
    if (error instanceof CodegenError && error.file !== undefined) blamed.push(error.file);
    blamed.push(...filesInStack(error));
    throw error;
  }
}, json);
process.exit(exitCode);
