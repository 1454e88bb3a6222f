import { Presets, SingleBar } from 'cli-progress';

/**
 * For so long, what a run expects of itself counts as much as what was measured: the first steps start processes, and say little
 * of those that come.
 */
const trustSeconds = 30;

/** Without expectations nothing is said before this part of the steps is over. */
const enoughSteps = 0.1;

/** Where a run is, on stderr: a bar on a terminal, one line a step elsewhere. Changes only between trials. */
export class Progress {
  readonly #stream: NodeJS.WriteStream;
  #bar: SingleBar | undefined;
  #done = 0;
  #total = 0;
  /** Expected of all steps, and of those that are over; 0 without expectations. */
  #seconds = 0;
  #secondsDone = 0;
  #secondsOfStep = 0;
  #startedAt = 0;

  constructor(stream: NodeJS.WriteStream = process.stderr) {
    this.#stream = stream;
  }

  /** @param seconds that all steps together are expected to take; then each step tells its part of them */
  begin(total: number, seconds = 0): void {
    this.#total = total;
    this.#seconds = seconds;
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

  /** Says which step begins now, and how long it is expected to take. */
  next(step: string, seconds = 0): void {
    this.#secondsDone += this.#secondsOfStep;
    this.#secondsOfStep = seconds;
    const left = timeLeft({
      elapsed: (performance.now() - this.#startedAt) / 1_000,
      ...{ done: this.#done, total: this.#total, seconds: this.#seconds, secondsDone: this.#secondsDone },
    });
    if (this.#bar) this.#draw(this.#bar, { step, left });
    else {
      const parts = [`${this.#done + 1}/${this.#total}`, left, step].filter((part) => part !== '');
      this.#stream.write(`${parts.join(' ')}\n`);
    }
    this.#done += 1;
  }

  /** So many steps will not come, of which so long was expected. */
  skip(steps: number, seconds = 0): void {
    this.#total -= steps;
    this.#seconds -= seconds;
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
}

/** How far a run is; times in seconds. */
interface Way {
  readonly elapsed: number;
  readonly done: number;
  readonly total: number;
  /** Expected of all steps; 0 without expectations. */
  readonly seconds: number;
  readonly secondsDone: number;
}

/** `about 12 min left`, or nothing where too little is known. */
export function timeLeft({ elapsed, done, total, seconds, secondsDone }: Way): string {
  if (seconds > 0) {
    const pace = (elapsed + trustSeconds) / (secondsDone + trustSeconds);
    return `about ${formatSeconds((seconds - secondsDone) * pace)} left`;
  }
  if (done === 0 || done < total * enoughSteps) return '';
  return `about ${formatSeconds((elapsed / done) * (total - done))} left`;
}

/** E.g. `45 s`, `12 min`. */
export function formatSeconds(seconds: number): string {
  return seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.round(seconds / 60)} min`;
}
