import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { RpcError, type ServiceClient } from '@doorcall/core';
import type { orders } from './live-orders.gen.js';

/**
 * Answers a request for `/events` with server-sent events: one doorcall subscription for each browser. What a browser
 * does not read stays in the order service, as a position in its log.
 */
export async function relayEvents(
  client: ServiceClient<typeof orders>,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const customer = url.searchParams.get('customer') ?? undefined;
  // A browser that comes back says what it saw last.
  const after = Number(request.headers['last-event-id'] ?? url.searchParams.get('after') ?? 0);
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.flushHeaders();
  try {
    for await (const event of client.watch({ customer, after }, { signal: gone.signal })) {
      const more = response.write(`id: ${event.sequence}\ndata: ${JSON.stringify(event)}\n\n`);
      // Nothing is read from the service while the browser does not read.
      if (!more) await once(response, 'drain', { signal: gone.signal });
    }
  } catch (error) {
    if (!gone.signal.aborted) console.error(`web: ${RpcError.from(error).message}`);
  }
  // Browsers connect again by themselves, as if the connection had been lost.
  response.end();
}
