import type { ServiceDescriptor } from './descriptor.js';

/** Whether one method can be called across two contracts. */
export type Judgement =
  | { readonly ok: true; readonly remoteId: number }
  | { readonly ok: false; readonly differences: readonly string[] };

/** Compares the contracts of two sides method by method; the keys are the methods of `mine`. */
export declare function judge(mine: ServiceDescriptor, theirs: ServiceDescriptor): ReadonlyMap<string, Judgement>;
