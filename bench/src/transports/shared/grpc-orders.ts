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
import type { CheckedWork, ClientSurroundings, Connection, RunningServer } from '../../transport.js';
import { grpcChannel, grpcProto } from '../settings.js';
import { installed } from './version.js';

export const version = installed('@grpc/grpc-js');

interface Blob {
  bytes: Uint8Array;
}
type Done = (error: ServiceError | null, answer: unknown) => void;
interface OrdersClient extends Client {
  place(input: unknown, done: Done): unknown;
  echo(input: unknown, done: Done): unknown;
  bytes(input: Blob, done: Done): unknown;
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
  checked: CheckedWork,
  bindTo: string,
): Promise<RunningServer & { port: number }> {
  const server = new Server(grpcChannel);
  server.addService(loadOrders().service, {
    place: handler((order) => checked.place(order)),
    echo: handler((document) => checked.echo(document)),
    bytes: handler((blob: Blob) => ({ bytes: checked.bytes(blob.bytes) })),
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

function handler<Input>(work: (input: Input) => unknown) {
  return async (call: ServerUnaryCall<Input, unknown>, done: sendUnaryData<unknown>) => {
    let output: unknown;
    try {
      output = work(call.request);
      if (output instanceof Promise) output = await output;
    } catch (error) {
      done({ code: status.INVALID_ARGUMENT, details: String(error) });
      return;
    }
    done(null, output);
  };
}

export async function connectGrpc(address: string, { checked }: ClientSurroundings): Promise<Connection> {
  const Orders = loadOrders();
  const client = new Orders(address, credentials.createInsecure(), grpcChannel);
  const answered = <Answer>(call: (done: Done) => unknown) =>
    new Promise<Answer>((resolve, reject) => {
      call((error, answer) => (error ? reject(error) : resolve(answer as Answer)));
    });
  return {
    mode: 'async',
    place: async (order) => checked.receipt(await answered((done) => client.place(order, done))),
    echo: async (document) => checked.document(await answered((done) => client.echo(document, done))),
    bytes: async (bytes) => {
      return checked.bytes((await answered<Blob>((done) => client.bytes({ bytes }, done))).bytes);
    },
    async close() {
      client.close();
    },
  };
}
