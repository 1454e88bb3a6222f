import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An HTTP server on the loopback interface that can be ended without losing a request. */
export interface Listener {
  readonly address: string;
  /** Takes no new connections; resolves when the requests in progress are answered. */
  drain(): Promise<void>;
}

export type Handle = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** @param port 0 for any free one. */
export async function listen(port: number, handle: Handle): Promise<Listener> {
  const inProgress = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    inProgress.add(response);
    response.once('close', () => inProgress.delete(response));
    if (!server.listening) response.shouldKeepAlive = false;
    handle(request, response).catch((error) => {
      console.error(error);
      response.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    drain: () =>
      new Promise((resolve) => {
        // A connection kept alive beyond its last answer would hold the server open.
        for (const response of inProgress) response.shouldKeepAlive = false;
        server.close(() => resolve());
      }),
  };
}

/** @returns the body, or undefined when it is longer than `limit` bytes. */
export async function readBody(request: IncomingMessage, limit: number): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > limit) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length).toString('utf8');
}

export function answerJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  const text = JSON.stringify(body ?? null);
  response
    .writeHead(status, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
      ...headers,
    })
    .end(text);
}
