import { join } from 'node:path';
import type { Transport } from '../transport.js';
import { connectTo, listen } from './shared/net-orders.js';
import { node } from './shared/version.js';

export const transport: Transport = {
  kind: 'peer',
  summary: 'node:net over a Unix socket, length-prefixed JSON frames, many calls in flight on one socket',
  version: node,
  serverStartedBy: 'runner',
  async startServer({ directory, checked }) {
    const path = join(directory, 'net.sock');
    const server = await listen({ path }, checked);
    return {
      address: path,
      async close() {
        server.close();
      },
    };
  },
  connect: (path, surroundings) => connectTo({ path }, surroundings),
};
