import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const repositoryRoot = path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url))));

/** Git-ignored; everything that scripts fetch for themselves lives here. */
export const toolsFolder = path.join(repositoryRoot, '.tools');
