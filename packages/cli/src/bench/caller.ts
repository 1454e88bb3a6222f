import type { AnyService, CallOptions, ClientControls, MethodDefinition, RpcError } from '@doorcall/core';
import { describe, leadingToAttachments } from '@doorcall/core/contract';

/** What bench needs of a client's methods, whatever their types. */
interface AnyMethod {
  (input: unknown, options?: CallOptions): Promise<unknown> & AsyncIterable<unknown>;
  sync(input: unknown, options?: CallOptions): unknown;
}

export type AnyClient = ClientControls & Readonly<Record<string, AnyMethod>>;

/** Makes the calls of a run. */
export interface Caller {
  /** The calls of each client by turns, with each value by turns. */
  readonly call: (index: number) => unknown;
  /** Items that streams have delivered. */
  readonly items: number;
}

interface CallerOptions {
  readonly method: MethodDefinition;
  readonly values: readonly unknown[];
  readonly clients: readonly AnyClient[];
  readonly sync: boolean;
  readonly callOptions: CallOptions | undefined;
  /** Whether what comes back may hold memory, descriptors or doors, which have to be given back. */
  readonly attachments: boolean;
}

export function callerOf(options: CallerOptions): Caller {
  const { method, values, clients, sync, callOptions, attachments } = options;
  const methods = clients.map((client) => client[method.name] as AnyMethod);
  const done = attachments ? release : () => {};
  const methodOf = (index: number) => methods[index % methods.length] as AnyMethod;
  const inputOf = (index: number) => values[index % values.length];
  const caller = { call: (_: number): unknown => undefined, items: 0 };
  const readAll = async (index: number) => {
    for await (const item of methodOf(index)(inputOf(index), callOptions)) {
      caller.items += 1;
      done(item);
    }
  };
  if (method.kind === 'server-streaming') caller.call = readAll;
  else if (sync) caller.call = (index) => done(methodOf(index).sync(inputOf(index), callOptions));
  else if (attachments) caller.call = (index) => methodOf(index)(inputOf(index), callOptions).then(done);
  else caller.call = (index) => methodOf(index)(inputOf(index), callOptions);
  return caller;
}

/** Whether the output of a method may hold attachments. */
export function answersWithAttachments(service: AnyService, method: MethodDefinition): boolean {
  const { shapes, methods } = describe(service);
  const output = methods[method.id]?.output;
  return output !== undefined && leadingToAttachments(shapes)[output] === true;
}

/** Gives back what a value holds: a server lends no more memory than `maxBlobBytes`. */
function release(value: unknown): void {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return;
  const dispose = (value as Partial<Disposable>)[Symbol.dispose];
  if (typeof dispose === 'function') dispose.call(value);
  else for (const part of Object.values(value)) release(part);
}

/** One message, and how many calls failed with it. */
export interface ErrorCount {
  readonly code: string;
  /** A declared error's. */
  readonly reason?: string;
  readonly message: string;
  count: number;
}

/** So many messages are told apart; one that has a time or an id in it is different each time. */
const MAX_MESSAGES = 50;

/** Counts the calls that fail by what they fail with. */
export class Errors {
  readonly #counts = new Map<string, ErrorCount>();

  /** @returns the status code */
  readonly note = (thrown: unknown): string => {
    const { code = 'UNKNOWN', message = String(thrown), reason } = (thrown ?? {}) as Partial<RpcError>;
    const text = message.startsWith(`${code}: `) ? message.slice(code.length + 2) : message;
    const known = this.#counts.get(`${code}: ${text}`);
    const full = known === undefined && this.#counts.size >= MAX_MESSAGES;
    const key = full ? `${code}: (other messages)` : `${code}: ${text}`;
    const entry = this.#counts.get(key);
    if (entry !== undefined) entry.count += 1;
    else {
      const words = full ? '(other messages)' : text;
      this.#counts.set(key, { code, ...(reason !== undefined && { reason }), message: words, count: 1 });
    }
    return code;
  };

  /** Calls that were given up, and would have failed with this. */
  add(error: Pick<ErrorCount, 'code' | 'message'>, count: number): void {
    const key = `${error.code}: ${error.message}`;
    if (count > 0) this.#counts.set(key, { ...error, count });
  }

  /** The most frequent first. */
  list(): readonly ErrorCount[] {
    return [...this.#counts.values()].sort((a, b) => b.count - a.count);
  }
}
