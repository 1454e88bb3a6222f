const EVERY_MS = 1000;
const MS_PER_MINUTE = 60_000;

/** Shows how far a long run is, on one line of a terminal, else once a minute. */
export class Progress {
  #start = Date.now();
  #last = 0;

  /** @param unit what is counted */
  constructor(total, unit = 'cases') {
    this.total = total;
    this.unit = unit;
  }

  show(done, note = '') {
    const now = Date.now();
    const every = process.stderr.isTTY ? EVERY_MS : MS_PER_MINUTE;
    if (now - this.#last < every) return;
    this.#last = now;
    const left = ((now - this.#start) / Math.max(done, 1)) * Math.max(this.total - done, 0);
    const line = `${done} of ${this.total} ${this.unit}, ${duration(left)} left${note}`;
    process.stderr.write(process.stderr.isTTY ? `\r\x1b[2K${line}` : `${line}\n`);
  }

  end() {
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[2K');
  }
}

function duration(ms) {
  const seconds = Math.ceil(ms / 1000);
  return seconds < 90 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`;
}
