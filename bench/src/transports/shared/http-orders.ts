/** The order service as a plain node:http server; serves every HTTP client of the bench. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AnswerOrder, RunningServer } from '../../transport.js';
import { httpServer } from '../settings.js';

export const placePath = '/orders/place';

export async function startHttpServer(answer: AnswerOrder): Promise<RunningServer> {
  const server = createServer(httpServer, (request, response) => respond(request, response, answer));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function respond(request: IncomingMessage, response: ServerResponse, answer: AnswerOrder): void {
  let body = '';
  request.setEncoding('utf8');
  request.on('data', (chunk: string) => {
    body += chunk;
  });
  request.on('end', () => {
    let status = 200;
    let text: string;
    try {
      text = JSON.stringify(answer(JSON.parse(body)));
    } catch (error) {
      status = 400;
      text = JSON.stringify({ error: String(error) });
    }
    response.writeHead(status, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
    });
    response.end(text);
  });
}
