/** The order service in grpc-js; the two gRPC transports differ only in the address. */
import { fileURLToPath } from 'node:url';
import {
  type ChannelCredentials,
  type ChannelOptions,
  type Client,
  credentials,
  loadPackageDefinition,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServiceDefinition,
  type ServiceError,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import type { Order, Receipt } from '../../payload.js';
import type { AnswerOrder, Connection, RunningServer } from '../../transport.js';
import { grpcChannel, grpcProto } from '../settings.js';

interface OrdersClient extends Client {
  place(order: Order, done: (error: ServiceError | null, receipt: Receipt | undefined) => void): unknown;
}
interface OrdersConstructor {
  new (address: string, credentials: ChannelCredentials, options: ChannelOptions): OrdersClient;
  service: ServiceDefinition;
}

function loadOrders(): OrdersConstructor {
  const file = fileURLToPath(new URL('../../../proto/orders.proto', import.meta.url));
  const root = loadPackageDefinition(loadSync(file, grpcProto));
  return (root.orders as unknown as { Orders: OrdersConstructor }).Orders;
}

/** @param bindTo what to listen on, in gRPC's notation, e.g. `unix:/run/orders.sock` or `127.0.0.1:0` */
export async function startGrpcServer(
  answer: AnswerOrder,
  bindTo: string,
): Promise<RunningServer & { port: number }> {
  const server = new Server(grpcChannel);
  server.addService(loadOrders().service, {
    place(call: ServerUnaryCall<Order, Receipt>, done: sendUnaryData<Receipt>) {
      let receipt: Receipt;
      try {
        receipt = answer(call.request);
      } catch (error) {
        done({ code: status.INVALID_ARGUMENT, details: String(error) });
        return;
      }
      done(null, receipt);
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(bindTo, ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return {
    address: bindTo,
    port,
    async close() {
      server.forceShutdown();
    },
  };
}

export async function connectGrpc(address: string): Promise<Connection> {
  const Orders = loadOrders();
  const client = new Orders(address, credentials.createInsecure(), grpcChannel);
  return {
    mode: 'async',
    call: (order) =>
      new Promise((resolve, reject) => {
        client.place(order, (error, receipt) => (error ? reject(error) : resolve(receipt!)));
      }),
    async close() {
      client.close();
    },
  };
}
