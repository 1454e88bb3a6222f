import { readFileSync } from 'node:fs';

const document = readFileSync(new URL('../../../../docs/compatibility.md', import.meta.url), 'utf8');

/** A row of a table in docs/compatibility.md. */
export interface Row {
  readonly name: string;
  readonly before: string;
  readonly after: string;
  readonly kind: string;
  readonly breaks: readonly string[];
}

/** The rows below a heading. */
export function rowsOf(heading: string): readonly Row[] {
  const section = document.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const rows = [...section.matchAll(/^\| ([^|]+) \| `(.+?)` \| `(.+?)` \| ([a-z -]+?) \|(.*)\|$/gm)];
  return rows.map(([, name = '', before = '', after = '', kind = '', breaks = '']) => {
    const words = breaks.trim() === '' ? [] : breaks.trim().split(', ');
    return { name, before, after, kind, breaks: words.map((who) => who.replace(' ', '-')) };
  });
}
