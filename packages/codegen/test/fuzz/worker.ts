import { prototypesNow } from './pollution.js';
import { runFuzz } from './run.js';
import { FuzzFinding } from './target.js';

/** A part of a long run, as the script asks for it. */
export interface Task {
  readonly seed: number;
  readonly messages: number;
  /** Whether to tell a message for each way to fare. */
  readonly collect: boolean;
}

/** What became of it. */
export interface Outcome {
  readonly seed: number;
  readonly messages: number;
  readonly failure: { readonly text: string; readonly contract: string; readonly hex: string } | undefined;
  /** The shortest message of each way to fare, with its contract. */
  readonly collected: readonly {
    readonly contract: string;
    readonly hex: string;
    readonly signature: string;
  }[];
}

const before = prototypesNow();

process.on('message', ({ seed, messages, collect }: Task) => {
  const found = new Map<string, Outcome['collected'][number]>();
  const run = runFuzz({ messages, seed }, (contract, message, signature) => {
    if (!collect) return;
    const id = `${contract} ${signature}`;
    const hex = Buffer.from(message).toString('hex');
    const known = found.get(id);
    if (known === undefined || known.hex.length > hex.length) found.set(id, { contract, hex, signature });
  });
  const polluted =
    prototypesNow() === before ? undefined : new Error('a prototype of the language was changed');
  const outcome: Outcome = {
    seed,
    messages: run.messages,
    failure: failureOf(run.failure ?? polluted),
    collected: [...found.values()],
  };
  process.send?.(outcome);
});

function failureOf(error: Error | undefined): Outcome['failure'] {
  if (error === undefined) return undefined;
  if (!(error instanceof FuzzFinding)) return { text: error.stack ?? error.message, contract: '', hex: '' };
  return { text: error.message, contract: error.contract, hex: Buffer.from(error.bytes).toString('hex') };
}
