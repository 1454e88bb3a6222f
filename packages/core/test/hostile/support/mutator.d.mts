export interface MutatorTotal {
  readonly rounds: number;
  /** Connections that the victim has ended for what the peer did. */
  readonly violations: number;
  readonly politeCalls: number;
  readonly finding?: { readonly role: string; readonly seed: number; readonly problem: string };
}

/** Rounds of a hostile `client` or `server` whose live segment is overwritten at random. */
export declare function runMutator(options: {
  readonly role: 'client' | 'server';
  /** Of the first round; they count up. */
  readonly seed: number;
  readonly rounds?: number;
  readonly seconds?: number;
  readonly onProgress?: (total: MutatorTotal) => void;
}): Promise<MutatorTotal>;
