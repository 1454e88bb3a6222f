import { inspect } from 'node:util';
import { CodegenError } from '@doorcall/codegen';
import { shortPath } from './paths.js';

/** Shows why a command could not do its work: on standard error, or as JSON on standard output. */
export function reportFailure(error: unknown, json: boolean): void {
  const { kind, file, message } = describe(error);
  const shown = file === undefined ? undefined : shortPath(file);
  if (json) {
    process.stdout.write(`${JSON.stringify({ ok: false, error: { kind, file: shown, message } })}\n`);
  } else {
    process.stderr.write(`doorcall: ${shown === undefined ? '' : `${shown}: `}${message}\n`);
  }
}

function describe(error: unknown): {
  readonly kind: string;
  readonly file?: string;
  readonly message: string;
} {
  if (error instanceof CodegenError) {
    const { kind, file, message } = error;
    return { kind, message, ...(file === undefined ? {} : { file }) };
  }
  // Not foreseen: then the stack is what helps.
  return { kind: 'internal', message: inspect(error) };
}
