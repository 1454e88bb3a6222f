import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '@doorcall/core';
import { soak } from '../contract.js';
import { Chance } from '../random.js';
import { Accounts } from './accounts.js';
import { OPERATIONS, type Operation, subscribe, type Tools } from './operations.js';

export interface LoadPlan {
  readonly directory: string;
  /** The client's number in the ledger. */
  readonly client: number;
  readonly ledger: string;
  readonly seed: number;
  readonly operations: keyof typeof OPERATIONS;
  /** Operations a second. */
  readonly rate: number;
  /** Loops that make them. */
  readonly concurrency: number;
  /** Instance that is never killed. */
  readonly anchor: string;
}

/** One client under way. */
export class Load {
  readonly #accounts: Accounts;
  readonly #stop = new AbortController();
  readonly #clients;
  readonly #loops: Promise<unknown>;

  constructor(
    private readonly plan: LoadPlan,
    violated: (words: string) => void,
  ) {
    const { directory, client, ledger, seed, anchor } = plan;
    this.#accounts = new Accounts(client, ledger, violated);
    const options = {
      directory,
      acceptFds: true,
      defaultTimeoutMs: 30_000,
      connectTimeoutMs: 30_000,
      callbacks: { answer: (question: number) => question + 1 },
      logger: {
        warn: (_: object, message: string) => message.includes('broke the protocol') && violated(message),
        error: (_: object, message: string) => message.includes('broke the protocol') && violated(message),
      },
    };
    const [any, ordered] = [connect(soak, options), connect(soak, { ...options, name: anchor })];
    this.#clients = [any, ordered];
    const tools: Tools = {
      client: any,
      ordered,
      accounts: this.#accounts,
      chance: new Chance(seed + client),
      stop: this.#stop.signal,
      nextOrder: 0,
    };
    this.#loops = Promise.all([
      subscribe(tools),
      ...Array.from({ length: plan.concurrency }, () => this.#keepGoing(tools)),
    ]);
  }

  takeTimes(): Record<string, number[]> {
    return this.#accounts.takeTimes();
  }

  /** Resolves when every call has ended. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#loops;
    await Promise.all(this.#clients.map((client) => client.close()));
    this.#accounts.close();
  }

  async #keepGoing(tools: Tools): Promise<void> {
    const { operations, rate, concurrency } = this.plan;
    const everyMs = (concurrency * 1_000) / rate;
    let next = performance.now();
    while (!this.#stop.signal.aborted) {
      const operation: Operation = tools.chance.oneOf(OPERATIONS[operations]);
      await operation(tools);
      // Behind time after a pause: those operations are left out.
      next = Math.max(next + everyMs, performance.now() - 1_000);
      const wait = next - performance.now();
      if (wait > 1) await sleep(wait);
    }
  }
}
