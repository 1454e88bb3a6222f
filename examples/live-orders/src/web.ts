import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { connect, RpcError, statusToHttp } from '@doorcall/core';
import { orders } from './live-orders.gen.js';
import { relayEvents } from './relay.js';
import { onTermination } from './termination.js';

const { values: flags } = parseArgs({
  strict: false,
  options: { port: { type: 'string', default: '8090' } },
});

const page = await readFile(new URL('../page.html', import.meta.url));
const client = connect(orders);

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const route = `${request.method} ${url.pathname}`;
  try {
    if (route === 'GET /') response.setHeader('content-type', 'text/html').end(page);
    else if (route === 'GET /events') await relayEvents(client, request, response, url);
    else if (route === 'GET /watching') response.end(String(await client.watching()));
    else if (route === 'POST /orders')
      response.end(JSON.stringify(await client.place(JSON.parse(await text(request)))));
    else response.writeHead(404).end();
  } catch (error) {
    const bad = error instanceof SyntaxError;
    const { code, message } = bad
      ? new RpcError('INVALID_ARGUMENT', `the body is no JSON: ${error.message}`)
      : RpcError.from(error);
    response.writeHead(statusToHttp(code)).end(message);
  }
}

const server = createServer((request, response) => void handle(request, response));
server.listen(Number(flags.port), '127.0.0.1', () => {
  console.log(`web: ready at http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
onTermination('web', async () => {
  const closed = new Promise((resolve) => server.close(resolve));
  // Ends the subscriptions, and with them the answers that would not end.
  await client.close();
  server.closeAllConnections();
  await closed;
});
