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
        // A timer that redraws would run beside the trials.
        autopadding: true,
        fps: 1_000,
        noTTYOutput: false,
        synchronousUpdate: true,
        hideCursor: true,
      },
      Presets.shades_classic,
    );
    this.#bar.start(total, 0, { left: '', step: '' });
  }

  /** Says which step begins now. */
  next(step: string): void {
    const left = this.#timeLeft();
    if (this.#bar) this.#bar.update(this.#done, { step, left });
    else this.#stream.write(`${this.#done + 1}/${this.#total} ${left} ${step}\n`);
    this.#done += 1;
  }

  end(): void {
    if (!this.#bar) return;
    this.#bar.update(this.#done, { step: 'done', left: '' });
    this.#bar.stop();
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
