import fc from 'fast-check';
import { type CaseReport, checkCase, subjectOfText } from './law/law.js';
import { schemaText } from './schemas/schema.js';
import { valueFor } from './values/value.js';

/** Values that each schema is tried with: making a codec costs more than many values. */
const VALUES_PER_SCHEMA = 25;
/** Schemas of one chunk. */
const SCHEMAS_PER_CHUNK = 50;
/** Numbers that a value may be made from; see Entropy. */
const NUMBERS_PER_VALUE = 80;

/** How many cases of a run fared in which way. */
export interface ParityCounts {
  schemas: number;
  /** A schema with a value each. */
  cases: number;
  accepted: number;
  /** Of the accepted ones: by generated code alone. */
  acceptedDirectly: number;
  refused: number;
  /** The schema, or code in it, threw. */
  threw: number;
  cannotTravel: number;
  /** Went in the generated format. */
  generated: number;
  outputs: number;
  /** Of the outputs: found valid by generated code alone. */
  outputsDirectly: number;
}

export interface ParityRun {
  /** Of the run, or of the chunk that failed. */
  readonly seed: number;
  readonly counts: ParityCounts;
  /** The smallest broken case that was found, and how to find it again. */
  readonly failure: { readonly violation: Error; readonly path: string } | undefined;
}

const entropy = fc.array(fc.noBias(fc.nat(0xffff)), {
  minLength: 0,
  maxLength: NUMBERS_PER_VALUE,
  size: 'max',
});
const contract = fc.record({
  text: schemaText,
  poison: fc.nat(3),
  values: fc.array(entropy, { minLength: 1, maxLength: VALUES_PER_SCHEMA, size: 'max' }),
});

/**
 * Tries so many cases of the law of parity, or a few more. They come in chunks, of which each has a seed of its own:
 * the run's seed, and those that follow it.
 * @param onChunk told the counts after each chunk
 */
export function runParity(
  options: { readonly cases: number; readonly seed: number; readonly path?: string | undefined },
  onChunk?: (counts: Readonly<ParityCounts>) => void,
): ParityRun {
  const counts = noCounts();
  let seed = options.seed;
  for (; counts.cases < options.cases; seed++) {
    const failure = runChunk(seed, options.path, counts);
    if (failure !== undefined) return { seed, counts, failure };
    onChunk?.(counts);
  }
  return { seed: options.seed, counts, failure: undefined };
}

function runChunk(seed: number, path: string | undefined, counts: ParityCounts): ParityRun['failure'] {
  let failed = false;
  const property = fc.property(contract, ({ text, poison, values }) => {
    try {
      const subject = subjectOfText(text);
      // What zod itself refuses to build is no contract.
      fc.pre(subject !== undefined);
      for (const numbers of values) {
        const report = checkCase(subject, () => valueFor(subject.schema, numbers), poison);
        // Counted are the cases that were asked for, not those that make a failure smaller.
        if (!failed) count(counts, report);
      }
      if (!failed) counts.schemas++;
    } catch (error) {
      if (!fc.PreconditionFailure.isFailure(error)) failed = true;
      throw error;
    }
  });
  const details = fc.check(property, {
    seed,
    numRuns: SCHEMAS_PER_CHUNK,
    maxSkipsPerRun: 20,
    ...(path === undefined ? {} : { path }),
  });
  if (!details.failed) return undefined;
  const { errorInstance, counterexamplePath } = details;
  const violation = errorInstance instanceof Error ? errorInstance : new Error(String(errorInstance));
  return { violation, path: counterexamplePath ?? '' };
}

export function noCounts(): ParityCounts {
  return {
    schemas: 0,
    cases: 0,
    accepted: 0,
    acceptedDirectly: 0,
    refused: 0,
    threw: 0,
    cannotTravel: 0,
    generated: 0,
    outputs: 0,
    outputsDirectly: 0,
  };
}

function count(counts: ParityCounts, { input, output }: CaseReport): void {
  counts.cases++;
  if (input.verdict === 'accepted') counts.accepted++;
  else if (input.verdict === 'refused') counts.refused++;
  else if (input.verdict === 'threw') counts.threw++;
  else counts.cannotTravel++;
  if (input.verdict === 'accepted' && input.direct) counts.acceptedDirectly++;
  if (input.generated) counts.generated++;
  if (output.verdict === 'arrived') counts.outputs++;
  if (output.verdict === 'arrived' && output.direct) counts.outputsDirectly++;
}
