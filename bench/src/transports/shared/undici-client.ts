import { Pool } from 'undici';
import type { CheckedAnswers, Connection } from '../../transport.js';
import { undiciPool, undiciRequest } from '../settings.js';
import { connectionBy } from './http-client.js';
import { installed } from './version.js';

export const version = installed('undici');

export function connectByUndici(
  origin: string,
  where: { socketPath?: string },
  checked: CheckedAnswers,
): Connection {
  const pool = new Pool(origin, { ...undiciPool, ...where });
  const post = async (path: string, type: string, body: string | Uint8Array) => {
    const headers = { 'content-type': type };
    const answer = await pool.request({ ...undiciRequest, method: 'POST', path, headers, body });
    if (answer.statusCode !== 200) {
      throw new Error(`HTTP ${answer.statusCode}: ${await answer.body.text()}`);
    }
    return answer.body;
  };
  return connectionBy(
    {
      json: async (path, type, body) => (await post(path, type, body)).json(),
      bytes: async (path, type, body) => (await post(path, type, body)).bytes(),
      close: () => pool.close(),
    },
    checked,
  );
}
