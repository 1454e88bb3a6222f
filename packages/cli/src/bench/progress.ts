import type { LiveFigures } from '@doorcall/load';
import { Presets, SingleBar } from 'cli-progress';
import { count, time } from './words.js';

/** How far a run has to go: until a time or a number of calls, whichever comes first. */
interface Way {
  readonly durationMs: number | undefined;
  readonly requests: number | undefined;
}

const STEPS = 1_000;

/** Drawing runs beside what is measured, so it is done seldom. */
const DRAW_EVERY_MS = 250;

/** Where a run is: a bar on standard error, on a terminal only. */
export class BenchProgress {
  readonly #stream: NodeJS.WriteStream;
  #bar: SingleBar | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(stream: NodeJS.WriteStream = process.stderr) {
    this.#stream = stream;
  }

  /** @returns figures that whoever makes the calls keeps up to date */
  begin(what: string, way: Way): LiveFigures {
    this.end();
    const live: LiveFigures = { started: 0, ended: 0, failed: 0 };
    if (!this.#stream.isTTY) return live;
    const format = `${what} {bar} {left} left | {calls} calls, {rate}/s{failed}`;
    const bar = new SingleBar(
      {
        stream: this.#stream,
        format,
        fps: 1_000 / DRAW_EVERY_MS,
        synchronousUpdate: false,
        hideCursor: true,
        clearOnComplete: true,
        // A second Ctrl-C leaves no time to show the cursor again.
        gracefulExit: true,
      },
      Presets.shades_classic,
    );
    const start = performance.now();
    const draw = () => {
      const elapsedMs = performance.now() - start;
      const done = partDone(way, live, elapsedMs);
      bar.update(Math.round(done * STEPS), {
        left: done === 0 ? '?' : time((elapsedMs / done) * (1 - done) * 1_000),
        calls: count(live.ended),
        rate: count(Math.round((live.ended / elapsedMs) * 1_000)),
        failed: live.failed === 0 ? '' : `, ${count(live.failed)} failed`,
      });
    };
    bar.start(STEPS, 0, { left: '?', calls: '0', rate: '0', failed: '' });
    this.#bar = bar;
    this.#timer = setInterval(draw, DRAW_EVERY_MS);
    return live;
  }

  end(): void {
    clearInterval(this.#timer);
    this.#bar?.stop();
    this.#bar = undefined;
  }
}

/** 0 … 1 */
export function partDone({ durationMs, requests }: Way, live: LiveFigures, elapsedMs: number): number {
  const ofTime = durationMs === undefined ? 0 : elapsedMs / durationMs;
  const ofCalls = requests === undefined ? 0 : live.ended / requests;
  return Math.min(1, Math.max(ofTime, ofCalls));
}
