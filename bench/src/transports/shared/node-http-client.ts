import { Agent, request } from 'node:http';
import type { CheckedAnswers, Connection } from '../../transport.js';
import { httpAgent } from '../settings.js';
import { connectionBy } from './http-client.js';
import { readBody } from './http-orders.js';

/** @param where the server's socket or host and port */
export function connectByNodeHttp(
  where: { socketPath: string } | { hostname: string; port: string },
  checked: CheckedAnswers,
): Connection {
  const agent = new Agent(httpAgent);
  const post = (path: string, type: string, body: string | Uint8Array) =>
    new Promise<Buffer>((resolve, reject) => {
      const headers = { 'content-type': type, 'content-length': Buffer.byteLength(body) };
      const sent = request({ ...where, agent, method: 'POST', path, headers }, (response) => {
        readBody(response).then((answer) => {
          if (response.statusCode === 200) resolve(answer);
          else reject(new Error(`HTTP ${response.statusCode}: ${answer}`));
        }, reject);
      });
      sent.on('error', reject);
      sent.end(body);
    });
  return connectionBy(
    {
      json: async (path, type, body) => JSON.parse((await post(path, type, body)).toString()),
      bytes: post,
      async close() {
        agent.destroy();
      },
    },
    checked,
  );
}
