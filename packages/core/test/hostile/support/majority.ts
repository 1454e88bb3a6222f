/** Attempts at most; an odd number. */
const MOST = 9;

/**
 * On a busy machine a polite client is late by chance, so one late attempt is no verdict. Nor is one that was not:
 * attempts go on until those in time are ahead by `margin`, or cannot get there any more.
 * @param attempt what was wrong with it, if anything was
 * @returns nothing when those in time won, all problems otherwise; and how many attempts there were
 */
export async function majority(
  margin: number,
  attempt: () => Promise<string | undefined>,
): Promise<{ readonly problems: readonly string[]; readonly attempts: number }> {
  const problems: string[] = [];
  for (let attempts = 1, ahead = 0; ; attempts++) {
    const problem = await attempt();
    ahead += problem === undefined ? 1 : -1;
    if (problem !== undefined) problems.push(problem);
    if (ahead === margin) return { problems: [], attempts };
    if (ahead + MOST - attempts < margin) return { problems, attempts };
  }
}
