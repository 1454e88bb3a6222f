import type { ServerResponse } from 'node:http';
import { RpcError, statusToHttp } from '@doorcall/core';
import { answerJson } from '../http/listener.js';

/** Declared errors for which HTTP has a better word than for their status code. */
const STATUS_OF_REASON: Readonly<Record<string, number>> = { OUT_OF_STOCK: 409 };

/**
 * Answers a request whose call failed. 503 and 504 leave open what became of an order: `GET /orders/<id>` tells,
 * and the same `Idempotency-Key` asks again.
 */
export function answerError(response: ServerResponse, thrown: unknown, context: object = {}): void {
  const { code, reason, message, issues, data } = RpcError.from(thrown);
  const status = STATUS_OF_REASON[reason ?? ''] ?? statusToHttp(code);
  const details = typeof data === 'object' ? data : {};
  answerJson(response, status, { error: reason ?? code, message, ...details, ...context, issues });
}
