/** Finds the contestants: every file in `contestants/` is one. */
import { readdirSync } from 'node:fs';
import type { Contestant } from './contestant.js';

const folder = new URL('./contestants/', import.meta.url);

/** The one whose targets are judged. */
export const ours = 'generated';

/** Names of all contestants, ours first. Loads none, so a missing package cannot hide a name. */
export function contestantNames(): string[] {
  const names = readdirSync(folder)
    .filter((file) => /^[^.]+\.[jt]s$/.test(file))
    .map((file) => file.replace(/\.[jt]s$/, ''))
    .sort();
  return [...names.filter((name) => name === ours), ...names.filter((name) => name !== ours)];
}

/** @throws when its packages are not installed or do not load here */
export async function loadContestant(name: string): Promise<Contestant> {
  const module: { contestant: Contestant } = await import(new URL(`${name}.js`, folder).href);
  return module.contestant;
}
