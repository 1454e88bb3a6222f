import { Pool } from 'undici';
import type { Receipt } from '../payload.js';
import type { Transport } from '../transport.js';
import { undiciPool, undiciRequest } from './settings.js';
import { placePath, startHttpServer } from './shared/http-orders.js';

const headers = { 'content-type': 'application/json' };

export const transport: Transport = {
  summary: 'undici pool with pipelining against node:http, loopback TCP, JSON',
  serverStartedBy: 'runner',
  startServer: ({ answer }) => startHttpServer(answer),
  async connect(address) {
    const pool = new Pool(address, undiciPool);
    return {
      mode: 'async',
      async call(order) {
        const { statusCode, body } = await pool.request({
          ...undiciRequest,
          method: 'POST',
          path: placePath,
          headers,
          body: JSON.stringify(order),
        });
        if (statusCode !== 200) throw new Error(`HTTP ${statusCode}: ${await body.text()}`);
        return (await body.json()) as Receipt;
      },
      close: () => pool.close(),
    };
  },
};
