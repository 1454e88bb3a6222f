// Where a process can be killed: the failpoints of the addon and of the test's programs.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { PROGRAM_POINTS } from '../programs/point.mjs';

const sources = fileURLToPath(new URL('../../../packages/native/src/', import.meta.url));

/**
 * The names in the addon's sources, sorted.
 *
 * @returns {string[]}
 * @throws Error when one stands there twice
 */
export function addonPoints() {
  const names = [];
  for (const file of readdirSync(sources, { recursive: true })) {
    if (!/\.(cc|h)$/.test(file) || file.startsWith('fault')) continue;
    const text = readFileSync(path.join(sources, file), 'utf8');
    for (const [, name] of text.matchAll(/DOORCALL_FAILPOINT\("([^"]+)"\)/g)) names.push(name);
  }
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`the failpoint ${twice} stands in the sources twice`);
  return names.sort();
}

/** Whether a failpoint is one of that side's. */
const isOf = {
  client: (name) => !/^(server|takeover)\./.test(name),
  server: (name) => !/^(client|takeover)\./.test(name),
  // All others are passed a thousand times by the servers and clients that are killed.
  takeover: (name) => /^(takeover|server\.(lock|listen))\./.test(name),
};

/** Every failpoint that a process of that side must pass. */
export function pointsOf(side) {
  return [...addonPoints(), ...PROGRAM_POINTS].filter(isOf[side]);
}
