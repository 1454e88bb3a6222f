import { Presets, SingleBar } from 'cli-progress';

/** Where a run is, on stderr: a bar on a terminal, one line a step elsewhere. Changes only between trials. */
export class Progress {
  readonly #stream: NodeJS.WriteStream;
  #bar: SingleBar | undefined;
  #done = 0;
  #total = 0;
  #startedAt = 0;

  constructor(stream: NodeJS.WriteStream = process.stderr) {
    this.#stream = stream;
  }

  begin(total: number): void {
    this.#total = total;
    this.#startedAt = performance.now();
    if (!this.#stream.isTTY) return;
    this.#bar = new SingleBar(
      {
        stream: this.#stream,
        format: '{bar} {value}/{total} {left} {step}',
        // Drawn when a step begins; redrawing by timer would run beside the measurement.
        fps: 0.01,
        synchronousUpdate: false,
        hideCursor: true,
      },
      Presets.shades_classic,
    );
    this.#bar.start(total, 0, { left: '', step: '' });
  }

  /** Says which step begins now. */
  next(step: string): void {
    const left = this.#timeLeft();
    if (this.#bar) this.#draw(this.#bar, { step, left });
    else this.#stream.write(`${this.#done + 1}/${this.#total} ${left} ${step}\n`);
    this.#done += 1;
  }

  /** So many steps will not come. */
  skip(steps: number): void {
    this.#total -= steps;
    this.#bar?.setTotal(this.#total);
  }

  end(): void {
    if (!this.#bar) return;
    this.#draw(this.#bar, { step: '', left: '' });
    this.#bar.stop();
  }

  #draw(bar: SingleBar, payload: { step: string; left: string }): void {
    bar.update(this.#done, payload);
    bar.render();
  }

  #timeLeft(): string {
    if (this.#done === 0) return '';
    const elapsed = performance.now() - this.#startedAt;
    const seconds = ((elapsed / this.#done) * (this.#total - this.#done)) / 1_000;
    return `${formatSeconds(seconds)} left`;
  }
}

/** E.g. `45 s`, `12 min`. */
export function formatSeconds(seconds: number): string {
  return seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.round(seconds / 60)} min`;
}
