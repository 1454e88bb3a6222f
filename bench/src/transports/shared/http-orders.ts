/** The order service as a plain node:http server; serves every HTTP client of the bench that speaks JSON. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, ListenOptions } from 'node:net';
import type { CheckedWork, RunningServer } from '../../transport.js';
import { httpServer } from '../settings.js';

export const paths = { place: '/orders/place', echo: '/orders/echo', bytes: '/orders/bytes' } as const;
export const jsonType = 'application/json';
export const bytesType = 'application/octet-stream';

/** @param where a Unix socket's `path`; without it a port of the loopback interface */
export async function startHttpServer(
  checked: CheckedWork,
  where: ListenOptions = { host: '127.0.0.1', port: 0 },
): Promise<RunningServer> {
  const server = createServer(httpServer, (request, response) => respond(request, response, checked));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(where, resolve);
  });
  return {
    address: where.path ?? `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function respond(request: IncomingMessage, response: ServerResponse, checked: CheckedWork) {
  try {
    const body = await readBody(request);
    if (request.url === paths.bytes) {
      send(response, 200, bytesType, checked.bytes(body));
      return;
    }
    const input = JSON.parse(body.toString());
    const output = request.url === paths.place ? await checked.place(input) : checked.echo(input);
    send(response, 200, jsonType, JSON.stringify(output));
  } catch (error) {
    send(response, 400, jsonType, JSON.stringify({ error: String(error) }));
  }
}

function send(response: ServerResponse, status: number, type: string, body: string | Uint8Array): void {
  const length = Buffer.byteLength(body);
  response.writeHead(status, { 'content-type': type, 'content-length': length });
  response.end(body);
}

/** The body of a request or of an answer. */
export function readBody(message: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    message.on('data', (chunk: Buffer) => chunks.push(chunk));
    message.on('error', reject);
    message.on('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
  });
}
