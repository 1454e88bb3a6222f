import type { Affected } from './change.js';

/** Who calls and who answers: of methods clients call servers, of callbacks the reverse. */
export interface Roles {
  readonly word: 'method' | 'callback';
  readonly caller: 'client' | 'server';
  readonly callee: 'client' | 'server';
  /** A running caller of the old contract, at a callee of the new one. */
  readonly oldCaller: Affected;
  /** A running callee of the old contract, called by a caller of the new one. */
  readonly oldCallee: Affected;
}

export const METHODS: Roles = {
  word: 'method',
  caller: 'client',
  callee: 'server',
  oldCaller: 'old-client',
  oldCallee: 'old-server',
};

/** Client code is what serves them: the server's code, which calls them, is compiled with the contract. */
export const CALLBACKS: Roles = {
  word: 'callback',
  caller: 'server',
  callee: 'client',
  oldCaller: 'old-server',
  oldCallee: 'old-client',
};
