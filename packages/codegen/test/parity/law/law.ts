import type { z } from 'zod';
import { checkInput, type InputReport } from './input.js';
import { checkOutput, type OutputReport } from './output.js';
import { show } from './show.js';
import { type Subject, schemaOf, subjectOf } from './subject.js';

/** A broken law, with all that is needed to see it again. */
export class ParityViolation extends Error {
  constructor(
    readonly schema: string,
    readonly value: string,
    readonly side: 'input' | 'output' | 'generation',
    readonly difference: string,
  ) {
    super(`${side}: ${difference}\n  schema  ${schema}\n  value   ${value}`);
  }
}

/** How a value fared on both sides. */
export interface CaseReport {
  readonly input: InputReport;
  readonly output: OutputReport;
}

const subjects = new Map<string, Subject | undefined>();
const MAX_KEPT = 16;

/**
 * The subject of a source text; the last ones are kept, for failures are made small by asking again and again.
 * @returns undefined where zod refuses to build the schema
 * @throws ParityViolation when no codec can be generated for it
 */
export function subjectOfText(text: string): Subject | undefined {
  if (subjects.has(text)) return subjects.get(text);
  const schema = schemaOf(text);
  const subject = schema === undefined ? undefined : generated(schema, text);
  if (subjects.size >= MAX_KEPT) subjects.clear();
  subjects.set(text, subject);
  return subject;
}

/** @throws ParityViolation when no codec can be generated */
export function generated(schema: z.ZodType, text: string): Subject {
  try {
    return subjectOf(schema, text);
  } catch (error) {
    throw new ParityViolation(
      text,
      '',
      'generation',
      error instanceof Error ? (error.stack ?? '') : String(error),
    );
  }
}

/**
 * Holds a codec to the law with one value, on both sides.
 * @param fresh makes the value, the same one each time
 * @throws ParityViolation
 */
export function checkCase(subject: Subject, fresh: () => unknown, poison = 0): CaseReport {
  const input = checkInput(subject, fresh, poison);
  if (input.violation !== undefined) {
    throw new ParityViolation(subject.text, show(fresh()), 'input', input.violation);
  }
  const output = checkOutput(subject, fresh, poison);
  if (output.violation !== undefined) {
    throw new ParityViolation(subject.text, show(fresh()), 'output', output.violation);
  }
  return { input, output };
}
