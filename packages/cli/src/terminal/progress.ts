import { clearLine, cursorTo } from 'node:readline';

/** One line that is overwritten; undefined where nobody watches. */
export interface ProgressLine {
  show(text: string): void;
  clear(): void;
}

/** On standard error, and only on a terminal. */
export function progressLine(stream: NodeJS.WriteStream = process.stderr): ProgressLine | undefined {
  if (!stream.isTTY) return undefined;
  const clear = () => {
    cursorTo(stream, 0);
    clearLine(stream, 0);
  };
  return {
    show(text) {
      clear();
      // A line that wraps could not be overwritten.
      stream.write(text.slice(0, stream.columns - 1));
    },
    clear,
  };
}
