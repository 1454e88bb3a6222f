import { inspect } from 'node:util';
import { CodegenError } from '@doorcall/codegen';
import { shortPath } from './paths.js';

/** Why a command could not do what it was asked, in a sentence for whoever runs it. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';

  /** @param kind `usage`: what was asked for makes no sense; `call`: what a service says against it */
  constructor(
    readonly kind: 'usage' | 'call',
    message: string,
  ) {
    super(message);
  }
}

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
  if (error instanceof CommandFailure) return { kind: error.kind, message: error.message };
  // Not foreseen: then the stack is what helps.
  return { kind: 'internal', message: inspect(error) };
}
