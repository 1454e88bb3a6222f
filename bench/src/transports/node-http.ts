import { Agent, type IncomingMessage, request } from 'node:http';
import type { Order, Receipt } from '../payload.js';
import type { Transport } from '../transport.js';
import { httpAgent } from './settings.js';
import { placePath, startHttpServer } from './shared/http-orders.js';

export const transport: Transport = {
  summary: 'node:http on both ends, keep-alive over loopback TCP, JSON',
  serverStartedBy: 'runner',
  startServer: ({ answer }) => startHttpServer(answer),
  async connect(address) {
    const agent = new Agent(httpAgent);
    const { hostname, port } = new URL(address);
    const call = (order: Order) =>
      new Promise<Receipt>((resolve, reject) => {
        const body = JSON.stringify(order);
        const sent = request(
          {
            agent,
            hostname,
            port,
            method: 'POST',
            path: placePath,
            headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
          },
          (response) => readReceipt(response, resolve, reject),
        );
        sent.on('error', reject);
        sent.end(body);
      });
    return {
      mode: 'async',
      call,
      async close() {
        agent.destroy();
      },
    };
  },
};

function readReceipt(
  response: IncomingMessage,
  resolve: (receipt: Receipt) => void,
  reject: (error: Error) => void,
): void {
  let text = '';
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => {
    text += chunk;
  });
  response.on('error', reject);
  response.on('end', () => {
    if (response.statusCode === 200) resolve(JSON.parse(text));
    else reject(new Error(`HTTP ${response.statusCode}: ${text}`));
  });
}
