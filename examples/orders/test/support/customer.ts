import { randomUUID } from 'node:crypto';
import type { Line } from '../../src/contracts/line.js';
import type { OrderSystem } from '../../src/quickstart/system.js';

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

export interface OrderOptions {
  readonly id?: string;
  readonly timeoutMs?: number;
}

/** Places an order through the HTTP front. */
export function order(
  system: OrderSystem,
  lines: readonly Line[],
  options: OrderOptions = {},
): Promise<Answer> {
  return post(system, JSON.stringify({ customer: 'Ada', lines }), options);
}

/** Sends whatever text to `POST /orders`. */
export async function post(system: OrderSystem, body: string, options: OrderOptions = {}): Promise<Answer> {
  const { id = randomUUID(), timeoutMs } = options;
  const headers: Record<string, string> = { 'idempotency-key': id };
  if (timeoutMs !== undefined) headers['timeout-ms'] = String(timeoutMs);
  const response = await fetch(`${system.gateway.address}/orders`, { method: 'POST', headers, body });
  return { status: response.status, body: (await response.json()) as Answer['body'] };
}

export async function get(system: Pick<OrderSystem, 'gateway'>, path: string): Promise<Answer> {
  const response = await fetch(`${system.gateway.address}${path}`);
  return { status: response.status, body: (await response.json()) as Answer['body'] };
}
