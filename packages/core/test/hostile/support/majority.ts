/** Samples at most; an odd number. */
const MOST = 9;

/**
 * On a busy machine a polite client is late by chance, so one late sample is no verdict: they are taken until those in
 * time are ahead, or cannot get there any more.
 * @param sample what was wrong with it, if anything was
 * @returns nothing when those in time won, all problems otherwise; and how many samples there were
 */
export async function majority(
  sample: () => Promise<string | undefined>,
): Promise<{ readonly problems: readonly string[]; readonly samples: number }> {
  const problems: string[] = [];
  for (let samples = 1, ahead = 0; ; samples++) {
    const problem = await sample();
    ahead += problem === undefined ? 1 : -1;
    if (problem !== undefined) problems.push(problem);
    if (ahead > 0) return { problems: [], samples };
    if (ahead + MOST - samples <= 0) return { problems, samples };
  }
}
