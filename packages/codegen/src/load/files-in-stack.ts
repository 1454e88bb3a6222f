import { fileURLToPath } from 'node:url';

const PLACE = /(?:file:\/\/)?(\/[^\s():]+):\d+:\d+/g;

/** The user's files that an error and its causes come from, as far as stacks and messages tell. Absolute. */
export function filesInStack(error: unknown): readonly string[] {
  const files = new Set<string>();
  for (let at = error; at instanceof Error; at = at.cause) {
    for (const [place, file] of `${at.message}\n${at.stack}`.matchAll(PLACE)) {
      const found = place.startsWith('file://') ? fileURLToPath(`file://${file}`) : (file as string);
      if (!/[\\/]node_modules[\\/]/.test(found)) files.add(found);
    }
  }
  return [...files];
}
