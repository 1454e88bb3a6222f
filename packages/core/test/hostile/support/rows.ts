import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export type Role = 'client' | 'server';

/** What a hostile peer tries, and what is to become of it; see peer/rows.py. */
export interface Row {
  readonly name: string;
  readonly group: string;
  readonly outcome: 'refused' | 'closed' | 'left' | 'answered' | 'goes on';
  /** Part of what is logged, as a regular expression. */
  readonly reason: string | null;
  readonly method: string;
  readonly victim: 'plain' | 'impatient' | 'lied to';
  /** So many in the log at most. */
  readonly lines: number;
  /** By so much a polite client may be later. */
  readonly lateMs: number;
}

/** Rows behind what makes up their titles, which are whole: some pick rows by them. */
export const titled = (rows: readonly Row[]) => rows.map((row) => [row.group, row.name, row] as const);

const MAIN = fileURLToPath(new URL('../peer/main.py', import.meta.url));

export function rowsOf(role: Role): readonly Row[] {
  const { stdout, stderr } = spawnSync('python3', [MAIN], {
    input: `${JSON.stringify({ command: 'rows', role })}\n`,
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
    encoding: 'utf8',
  });
  const answer = JSON.parse(stdout || '{}') as { result?: Row[]; failure?: string };
  if (answer.result === undefined) throw new Error(answer.failure ?? stderr);
  return answer.result;
}
