import fc from 'fast-check';
import { copied } from '../parity/law/message.js';
import type { Subject } from '../parity/law/subject.js';
import { Entropy } from '../parity/values/entropy.js';
import { valueFor } from '../parity/values/value.js';
import { damaged } from './bytes.js';
import { contracts } from './contracts.js';
import { type Signature, tryBytes } from './target.js';

/** Messages made from the same valid ones. */
const MESSAGES_PER_VALUE = 20;

export interface FuzzRun {
  readonly messages: number;
  readonly failure: Error | undefined;
}

const numbers = (maxLength: number): fc.Arbitrary<number[]> =>
  fc.array(fc.noBias(fc.nat(0xffff)), { maxLength, size: 'max' });

/**
 * Tries so many messages, or a few more: valid ones with changes, and random ones.
 * @param onMessage told how each fared
 */
export function runFuzz(
  options: { readonly messages: number; readonly seed: number },
  onMessage?: (contract: string, message: Uint8Array, signature: Signature) => void,
): FuzzRun {
  let messages = 0;
  const attempt = fc.record({
    contract: fc.constantFrom(...contracts.keys()),
    value: numbers(80),
    other: numbers(80),
    changes: fc.array(numbers(48), { minLength: 1, maxLength: MESSAGES_PER_VALUE, size: 'max' }),
  });
  const property = fc.property(attempt, ({ contract, value, other, changes }) => {
    const subject = contracts.get(contract) as Subject;
    const message = encoded(subject, value);
    const another = encoded(subject, other);
    for (const choices of changes) {
      const bytes = choices.length === 0 ? message : damaged(message, another, new Entropy(choices));
      const signature = tryBytes(subject, bytes);
      messages++;
      onMessage?.(contract, bytes, signature);
    }
  });
  // On the average half of the messages that a value may have.
  const numRuns = Math.ceil(options.messages / (MESSAGES_PER_VALUE / 2));
  const details = fc.check(property, { seed: options.seed, numRuns });
  const thrown: unknown = details.failed ? details.errorInstance : undefined;
  return {
    messages,
    failure: thrown === undefined || thrown instanceof Error ? thrown : new Error(String(thrown)),
  };
}

/** A valid message, in one of the three forms; empty where the value cannot travel. */
function encoded({ schema, codec }: Subject, choices: readonly number[]): Uint8Array {
  try {
    const value = valueFor(schema, choices);
    return (choices[1] ?? 0) % 4 === 0
      ? copied(codec.encodeErrorData(0, 'REASON', value))
      : copied(codec.encodeInput(0, value));
  } catch {
    return new Uint8Array();
  }
}
