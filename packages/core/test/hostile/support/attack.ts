import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'vitest';
import { sandboxed } from '../../shm/support/sandbox.js';
import type { Program } from './program.mjs';
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

/** The beginning of a command whose kernel reports every seal of every file (F_GET_SEALS). */
export const LYING_KERNEL = sandboxed([{ call: 'fcntl', argument: 1, value: 1034, result: 0x17 }]);

/** Before each row, and after it. */
export const POLITE_CALLS = 20;

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

/** The µs that all but one of a hundred calls stayed below. */
export function p99(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.99))] ?? 0;
}

/** Calls of one polite client, those while nothing happens beside those meanwhile and after. */
export class PoliteTimes {
  readonly quiet: number[] = [];
  readonly attacked: number[] = [];

  expectWithinLimit(): void {
    const before = p99(this.quiet);
    const meanwhile = p99(this.attacked);
    console.log(
      `polite client, p99: ${before} µs of ${this.quiet.length} calls before the rows, ` +
        `${meanwhile} µs of ${this.attacked.length} while and after`,
    );
    expect(meanwhile).toBeLessThan(Math.max(3 * before, before + 1000));
  }
}

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

export async function stopAll(programs: readonly (Program | undefined)[]): Promise<void> {
  await Promise.all(programs.map((program) => program?.stop()));
}
