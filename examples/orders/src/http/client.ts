import { Agent, request } from 'node:http';
import {
  type AnyService,
  type CallOptions,
  type MethodDefinition,
  RpcError,
  type StatusCode,
} from '@doorcall/core';
import type { Connected } from '../transport.js';
import { deadlineOf, TIMEOUT_HEADER } from './deadline.js';
import { readBody } from './listener.js';
import { errorOf, MAX_BODY_BYTES, nameOf, pathOf } from './wire.js';

/** A client of a service that {@link serveHttp} serves, over kept-alive connections. */
export function connectHttp<Service extends AnyService>(service: Service, url: string): Connected<Service> {
  const agent = new Agent({ keepAlive: true });
  const client: Record<string, unknown> = Object.create(null);
  for (const method of Object.values<MethodDefinition>(service as never)) {
    client[method.name] = (input?: unknown, options: CallOptions = {}) =>
      call(method, new URL(pathOf(method), url), agent, input, options);
  }
  client.close = async () => agent.destroy();
  return client as Connected<Service>;
}

function call(
  method: MethodDefinition,
  url: URL,
  agent: Agent,
  input: unknown,
  options: CallOptions,
): Promise<unknown> {
  const failed = (code: StatusCode, message: string, maybeExecuted: boolean) =>
    new RpcError(code, message, { origin: 'transport', method: nameOf(method), maybeExecuted });
  const body = JSON.stringify(input ?? null);
  const timeoutMs = Math.floor(deadlineOf(options) - Date.now());
  if (timeoutMs <= 0) return Promise.reject(failed('DEADLINE_EXCEEDED', 'no time left for the call', false));

  return new Promise((resolve, reject) => {
    const exchange = request(url, {
      agent,
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        [TIMEOUT_HEADER]: timeoutMs,
      },
    });
    const fail = (error: NodeJS.ErrnoException) =>
      reject(failed('UNAVAILABLE', error.message, error.code !== 'ECONNREFUSED'));
    const timer = setTimeout(() => {
      reject(failed('DEADLINE_EXCEEDED', `no answer within ${timeoutMs} ms`, true));
      exchange.destroy();
    }, timeoutMs);
    exchange.once('close', () => clearTimeout(timer));
    exchange.once('error', fail);
    exchange.once('response', (response) => {
      readBody(response, MAX_BODY_BYTES)
        .then((text = '') => {
          if (response.statusCode === 200) resolve(JSON.parse(text) ?? undefined);
          else reject(errorOf(method, text));
        })
        .catch(fail);
    });
    exchange.end(body);
  });
}
