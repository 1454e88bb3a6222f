import {
  type ComparedFile,
  compareFiles,
  type FileDiagnostic,
  generate,
  type Settings,
} from '@doorcall/codegen';
import { shortPath } from '../terminal/paths.js';
import { progressLine } from '../terminal/progress.js';
import type { GenOptions } from './options.js';

/** What a run has found out. */
export interface Outcome {
  readonly files: readonly ComparedFile[];
  readonly diagnostics: readonly FileDiagnostic[];
}

/** Fewer modules than this are done before anybody wonders. */
const MANY = 8;

/** Generates, and compares with the disk. Writes nothing. */
export async function generated(settings: Settings, options: GenOptions): Promise<Outcome> {
  const quiet = options.silent === true || options.json === true || settings.files.length < MANY;
  const progress = quiet ? undefined : progressLine();
  try {
    const { files, diagnostics } = await generate({
      ...settings,
      onContract: (file, done) => progress?.show(`${done + 1}/${settings.files.length} ${shortPath(file)}`),
    });
    return { files: await compareFiles(files), diagnostics };
  } finally {
    progress?.clear();
  }
}
