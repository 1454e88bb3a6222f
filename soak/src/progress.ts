import { Presets, SingleBar } from 'cli-progress';

/** Elsewhere than on a terminal a line is written once in so many seconds. */
const LINE_S = 15;

/** Where a run is, on stderr. */
export class Progress {
  readonly #stream: NodeJS.WriteStream;
  readonly #bar: SingleBar | undefined;
  #lastLine = Number.POSITIVE_INFINITY;

  /** @param total length of the run: seconds, or rounds */
  constructor(
    private readonly total: number,
    stream: NodeJS.WriteStream = process.stderr,
  ) {
    this.#stream = stream;
    if (!stream.isTTY) return;
    this.#bar = new SingleBar(
      { stream, format: '{bar} {left} left · {words}', hideCursor: true, stopOnComplete: false },
      Presets.shades_classic,
    );
    this.#bar.start(total, 0, { left: formatSeconds(total), words: '' });
  }

  /** @param left of the total; @param timeLeft in words, where the total is no time */
  at(left: number, words: string, timeLeft = formatSeconds(left)): void {
    if (this.#bar !== undefined) {
      this.#bar.update(this.total - left, { left: timeLeft, words });
    } else if (
      performance.now() / 1_000 - this.#lastLine >= LINE_S ||
      this.#lastLine === Number.POSITIVE_INFINITY
    ) {
      this.#lastLine = performance.now() / 1_000;
      this.#stream.write(`${timeLeft} left · ${words}\n`);
    }
  }

  end(): void {
    this.#bar?.stop();
  }
}

/** E.g. `45 s`, `12 min`. */
export function formatSeconds(seconds: number): string {
  return seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.round(seconds / 60)} min`;
}
