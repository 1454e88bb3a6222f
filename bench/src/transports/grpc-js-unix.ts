import { join } from 'node:path';
import type { Transport } from '../transport.js';
import { connectGrpc, startGrpcServer, version } from './shared/grpc-orders.js';

export const transport: Transport = {
  kind: 'peer',
  summary: 'grpc-js on both ends over a Unix socket, protobuf',
  version,
  serverStartedBy: 'runner',
  startServer: ({ checked, directory }) => startGrpcServer(checked, `unix:${join(directory, 'grpc.sock')}`),
  connect: connectGrpc,
};
