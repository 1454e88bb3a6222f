import { closeSync, openSync, readSync } from 'node:fs';
import { decodeEntry, type Entry, RECORD_BYTES } from './record.js';

const CHUNK_BYTES = RECORD_BYTES * 2_048;

/** Reads a ledger while it is being written. */
export class LedgerReader {
  readonly #fd: number;
  readonly #chunk = Buffer.alloc(CHUNK_BYTES);
  #position = 0;

  constructor(path: string) {
    this.#fd = openSync(path, 'a+');
  }

  /** What has come since the last time. */
  *entries(): Generator<Entry> {
    for (;;) {
      const read = readSync(this.#fd, this.#chunk, 0, CHUNK_BYTES, this.#position);
      const whole = read - (read % RECORD_BYTES);
      for (let at = 0; at < whole; at += RECORD_BYTES) yield decodeEntry(this.#chunk, at);
      this.#position += whole;
      if (whole < CHUNK_BYTES) return;
    }
  }

  close(): void {
    closeSync(this.#fd);
  }
}
