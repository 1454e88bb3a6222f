import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'vitest';
import type { Row } from './rows.js';

/** A line of a log, as far as it matters. */
export interface Line {
  readonly peer?: { readonly pid: number; readonly uid: number };
  readonly message: string;
}

/** What a polite client has seen for a while. */
export interface Window {
  /** µs that each call took. */
  readonly times: readonly number[];
  readonly failures: readonly string[];
}

/** How a row ended for the hostile peer, and what it was told. */
export interface Ended {
  readonly ended: string;
  readonly said: string;
}

/** A folder for folders of servers; `remove` it. */
export class Place {
  readonly #root = mkdtempSync(path.join(tmpdir(), 'doorcall-hostile-'));
  #next = 0;

  /** A new folder that a server may use. */
  folder(): string {
    const folder = path.join(this.#root, String(this.#next++));
    mkdirSync(folder, { mode: 0o700 });
    return folder;
  }

  remove(): void {
    rmSync(this.#root, { recursive: true, force: true });
  }
}

export const socketIn = (folder: string): string => path.join(folder, 'target', 'main.sock');

/** What the row wants of the log: one line with the reason, or none. */
export function checkLog(row: Row, lines: readonly Line[], begins: RegExp, pid: number): void {
  const reports = lines.filter(({ message }) => /turned away|broke the protocol/.test(message));
  const told = JSON.stringify(lines);
  if (row.outcome !== 'refused' && row.outcome !== 'closed') {
    expect(reports, told).toEqual([]);
    return;
  }
  expect(reports.length, told).toBeGreaterThanOrEqual(1);
  expect(reports.length, told).toBeLessThanOrEqual(row.lines);
  for (const { message, peer } of reports) {
    expect(message).toMatch(begins);
    expect(message).toMatch(new RegExp(row.reason ?? ''));
    expect(peer).toMatchObject({ pid, uid: process.getuid?.() });
  }
}

/** How the peer sees an end that the other side has brought about. */
export function endOf({ outcome }: Row): string {
  return outcome === 'left' ? 'closed' : outcome;
}
