/** Why a text is no snapshot that can be read. */
export class SnapshotError extends Error {
  override readonly name = 'SnapshotError';

  /**
   * @param problem `syntax`: it is no snapshot, or a damaged one; `format`: a later version has written it
   * @param line counted from 1
   * @param column counted from 1
   */
  constructor(
    readonly problem: 'syntax' | 'format',
    readonly line: number,
    readonly column: number,
    what: string,
  ) {
    super(`line ${line}, column ${column}: ${what}`);
  }
}
