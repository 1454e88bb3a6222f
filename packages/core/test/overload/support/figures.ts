import { appendFileSync } from 'node:fs';

/** Prints what a scenario has measured, and keeps it as a line of JSON in the file `DOORCALL_FIGURES` if there is one. */
export function report(scenario: string, figures: Readonly<Record<string, unknown>>): void {
  const shown = Object.entries(figures).map(([name, value]) => `${name} ${show(value)}`);
  console.log(`${scenario}: ${shown.join(', ')}`);
  const file = process.env.DOORCALL_FIGURES;
  if (file !== undefined) appendFileSync(file, `${JSON.stringify({ scenario, ...figures })}\n`);
}

function show(value: unknown): string {
  if (typeof value === 'number') return String(Math.round(value * 1_000) / 1_000);
  return typeof value === 'string' ? value : JSON.stringify(value);
}
