import type { AddressInfo } from 'node:net';
import type { Transport } from '../transport.js';
import { connectTo, listen } from './shared/net-orders.js';
import { node } from './shared/version.js';

const host = '127.0.0.1';

export const transport: Transport = {
  kind: 'peer',
  summary: 'node:net over loopback TCP, length-prefixed JSON frames, many calls in flight on one socket',
  version: node,
  serverStartedBy: 'runner',
  async startServer({ checked }) {
    const server = await listen({ host, port: 0 }, checked);
    return {
      address: String((server.address() as AddressInfo).port),
      async close() {
        server.close();
      },
    };
  },
  connect: (port, surroundings) => connectTo({ host, port: Number(port) }, surroundings),
};
