import { join } from 'node:path';
import type { Transport } from '../transport.js';
import { connectGrpc, startGrpcServer } from './shared/grpc-orders.js';

export const transport: Transport = {
  summary: 'grpc-js on both ends over a Unix socket, protobuf',
  serverStartedBy: 'runner',
  startServer: ({ answer, directory }) => startGrpcServer(answer, `unix:${join(directory, 'grpc.sock')}`),
  connect: connectGrpc,
};
