import type { Transport } from '../transport.js';
import { connectGrpc, startGrpcServer, version } from './shared/grpc-orders.js';

export const transport: Transport = {
  kind: 'peer',
  summary: 'grpc-js on both ends over loopback TCP, protobuf',
  version,
  serverStartedBy: 'runner',
  async startServer({ checked }) {
    const server = await startGrpcServer(checked, '127.0.0.1:0');
    return { ...server, address: `127.0.0.1:${server.port}` };
  },
  connect: connectGrpc,
};
