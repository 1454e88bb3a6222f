/** What a {@link CodegenError} is about. */
export type CodegenErrorKind = 'config' | 'load' | 'write';

/**
 * Why nothing could be generated: its message is written for whoever runs the command, and no stack trace of
 * doorcall's own would help them.
 */
export class CodegenError extends Error {
  override readonly name = 'CodegenError';
  /** Absolute path of the file that it is about. */
  readonly file: string | undefined;

  /**
   * @param kind `config`: what was asked for makes no sense; `load`: a module of the user's could not be run or holds
   * no contract; `write`: a file could not be written.
   */
  constructor(
    readonly kind: CodegenErrorKind,
    message: string,
    options: { readonly file?: string; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.file = options.file;
  }
}
