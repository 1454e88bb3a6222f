import type { Transport } from '../transport.js';
import { connectGrpc, startGrpcServer } from './shared/grpc-orders.js';

export const transport: Transport = {
  summary: 'grpc-js on both ends over loopback TCP, protobuf',
  serverStartedBy: 'runner',
  async startServer({ answer }) {
    const server = await startGrpcServer(answer, '127.0.0.1:0');
    return { ...server, address: `127.0.0.1:${server.port}` };
  },
  connect: connectGrpc,
};
