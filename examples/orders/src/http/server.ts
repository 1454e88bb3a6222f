import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type AnyService,
  type Handlers,
  type MethodDefinition,
  RpcError,
  type ServerInterceptor,
  statusToHttp,
} from '@doorcall/core';
import { HttpCall } from './call.js';
import { deadlineFrom, TIMEOUT_HEADER, withDeadline } from './deadline.js';
import { answerJson, type Listener, listen, readBody } from './listener.js';
import { parsed } from './validation.js';
import { errorBody, MAX_BODY_BYTES, pathOf } from './wire.js';

type RunHandler = (input: unknown, ctx: HttpCall) => unknown;

/** Serves the handlers of a service as `POST /<service>/<method>` with JSON bodies. */
export function serveHttp<Service extends AnyService>(
  service: Service,
  handlers: Handlers<Service>,
  { port, interceptors }: { readonly port: number; readonly interceptors: readonly ServerInterceptor[] },
): Promise<Listener> {
  const routes = new Map<string, (request: IncomingMessage, response: ServerResponse) => Promise<void>>();
  for (const method of Object.values<MethodDefinition>(service as never)) {
    const handler = (handlers as Readonly<Record<string, RunHandler>>)[method.name]!;
    const run = interceptors.reduceRight<RunHandler>((inner, interceptor) => {
      const { service, name, kind } = method;
      return (input, ctx) =>
        interceptor({ service, method: name, kind, input, ctx }, async () => inner(input, ctx));
    }, handler);
    routes.set(pathOf(method), (request, response) => answerCall(method, run, request, response));
  }
  return listen(port, async (request, response) => {
    const route = routes.get(request.url ?? '');
    if (request.method === 'POST' && route !== undefined) await route(request, response);
    else answerJson(response, 404, { code: 'UNIMPLEMENTED', message: `no method at ${request.url}` });
  });
}

async function answerCall(
  method: MethodDefinition,
  run: RunHandler,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const body = await readBody(request, MAX_BODY_BYTES);
    if (body === undefined) throw new RpcError('RESOURCE_EXHAUSTED', `a body above ${MAX_BODY_BYTES} bytes`);
    const input = parsed(method, method.input, JSON.parse(body), 'INVALID_ARGUMENT');
    const deadline = deadlineFrom(request.headers[TIMEOUT_HEADER]);
    const call = new HttpCall(method, deadline, response);
    const result = await withDeadline(deadline, () => run(input, call));
    answerJson(response, 200, parsed(method, method.output, result, 'INTERNAL'));
  } catch (error) {
    const body = errorBody(method, error);
    answerJson(response, statusToHttp(body.code), body);
  }
}
