import type { ServerResponse } from 'node:http';
import {
  type HandlerContext,
  type Memory,
  type Metadata,
  type MethodDefinition,
  RpcError,
} from '@doorcall/core';
import { nameOf } from './wire.js';

/** What a handler knows of a call that came over HTTP. */
export class HttpCall implements HandlerContext {
  /** TCP does not tell who calls. */
  readonly peer = { uid: -1, gid: -1, pid: 0 };
  /** An HTTP client serves nothing. */
  readonly client = undefined;
  /** No call of this service goes on for long enough to care. */
  readonly draining: HandlerContext['draining'] = new AbortController().signal;
  readonly metadata: Metadata = {};
  readonly trailers: Record<string, string> = {};
  private abortController: AbortController | undefined;

  constructor(
    private readonly method: MethodDefinition,
    readonly deadline: number,
    private readonly response: ServerResponse,
  ) {}

  get signal(): AbortSignal {
    if (this.abortController === undefined) {
      const controller = new AbortController();
      this.abortController = controller;
      this.response.once('close', () => {
        if (!this.response.writableFinished)
          controller.abort(new RpcError('CANCELLED', 'the caller is gone'));
      });
    }
    return this.abortController.signal;
  }

  /** JSON carries no blobs, so it is memory like any other. */
  allocate(bytes: number): Memory {
    return Object.assign(new Uint8Array(bytes), { [Symbol.dispose]: () => {} });
  }

  async allocateLater(bytes: number): Promise<Memory> {
    return this.allocate(bytes);
  }

  error(reason: string, data?: unknown, message = reason): RpcError<never, never> {
    const code = this.method.errors?.[reason]?.code ?? 'UNKNOWN';
    return new RpcError(code, message, {
      origin: 'server',
      maybeExecuted: true,
      method: nameOf(this.method),
      reason,
      data,
    }) as RpcError<never, never>;
  }
}
