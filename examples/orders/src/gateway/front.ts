import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { orders } from '../contracts/orders.gen.js';
import type { OrderRequest } from '../contracts/orders.js';
import { answerJson, readBody } from '../http/listener.js';
import { untilAnswered } from '../retry.js';
import type { Calls } from '../transport.js';
import { answerError } from './errors.js';

const MAX_BODY_BYTES = 64 * 1024;

/**
 * The HTTP face of the order system:
 * `POST /orders` (with an optional `Idempotency-Key`, a UUID), `GET /orders/<id>`, `GET /health`.
 * Each takes a `Timeout-Ms` header.
 */
export class Front {
  constructor(
    private readonly service: Calls<typeof orders>,
    private readonly defaultTimeoutMs: number,
  ) {}

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url = '' } = request;
    const timeoutMs = Number(request.headers['timeout-ms'] ?? this.defaultTimeoutMs);
    if (!(timeoutMs > 0)) {
      answerJson(response, 400, { error: 'BAD_TIMEOUT', message: 'Timeout-Ms is a number above 0' });
      return;
    }
    const deadline = Date.now() + timeoutMs;
    const id = /^\/orders\/([^/]+)$/.exec(url)?.[1];

    if (method === 'POST' && url === '/orders') await this.place(request, response, deadline);
    else if (method === 'GET' && id !== undefined) await this.find(id, response, deadline);
    else if (method === 'GET' && url === '/health') await this.health(response, deadline);
    else answerJson(response, 404, { error: 'NOT_FOUND', message: `no ${method} ${url} here` });
  }

  private async place(request: IncomingMessage, response: ServerResponse, deadline: number): Promise<void> {
    const body = await readJson(request, response);
    if (body === undefined) return;
    // The id is made before the first attempt, so that the order can be sent again and still be one order.
    const id = String(request.headers['idempotency-key'] ?? randomUUID());
    // Whatever the customer has sent: the service that owns the contract judges it.
    const order = { ...(body.value as Omit<OrderRequest, 'id'>), id };
    try {
      const placed = await untilAnswered(() => this.service.place(order, { deadline }));
      answerJson(response, 201, placed, { location: `/orders/${id}` });
    } catch (error) {
      answerError(response, error, { orderId: id });
    }
  }

  private async find(id: string, response: ServerResponse, deadline: number): Promise<void> {
    try {
      answerJson(response, 200, await untilAnswered(() => this.service.find({ id }, { deadline })));
    } catch (error) {
      answerError(response, error);
    }
  }

  private async health(response: ServerResponse, deadline: number): Promise<void> {
    try {
      answerJson(response, 200, {
        status: 'ok',
        orders: await this.service.summary(undefined, { deadline }),
      });
    } catch (error) {
      answerError(response, error);
    }
  }
}

/** @returns undefined when the body was bad and the request is answered. */
async function readJson(
  request: IncomingMessage,
  response: ServerResponse,
): Promise<{ readonly value: unknown } | undefined> {
  const text = await readBody(request, MAX_BODY_BYTES);
  if (text === undefined) {
    answerJson(response, 413, {
      error: 'TOO_LARGE',
      message: `an order takes at most ${MAX_BODY_BYTES} bytes`,
    });
    return undefined;
  }
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    answerJson(response, 400, { error: 'NOT_JSON', message: (error as Error).message });
    return undefined;
  }
}
