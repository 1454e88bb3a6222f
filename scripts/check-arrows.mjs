// Fails when an include or import goes against the layers of the design.   node scripts/check-arrows.mjs [repository]
import path from 'node:path';
import { violationsIn } from './arrows/violations.mjs';
import { repositoryRoot } from './lib/paths.mjs';

const { files, violations } = violationsIn(path.resolve(process.argv[2] ?? repositoryRoot));
for (const violation of violations) console.error(violation);
console.log(`arrows: ${files} files, ${violations.length} violations`);
process.exit(files === 0 || violations.length > 0 ? 1 : 0);
