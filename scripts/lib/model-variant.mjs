// Asks the Promela model whether it notices the same rule broken.
import { missingCommands } from './debian.mjs';
import { explore, isAsExpected, named, searchesOf, spinPackages, spinPurpose } from './model.mjs';

/** @returns whether the model without `variant` (a name of packages/native/model/runs.mjs) goes wrong as it must. */
export async function modelKills(variant) {
  const missing = missingCommands(spinPackages, spinPurpose);
  if (missing !== undefined) return { kills: false, why: missing };
  const known = named(variant);
  if (known === undefined) return { kills: false, why: `the model has no variant ${variant}` };
  if (known.flaw === undefined) return { kills: false, why: `the model holds without ${variant}` };
  for (const search of searchesOf(known)) {
    const outcome = await explore(search.defines);
    if (!isAsExpected(search, outcome)) {
      return { kills: false, why: outcome.problem ?? `the model does not find ${known.flaw}` };
    }
  }
  return { kills: true, why: `the model finds ${known.flaw}` };
}
