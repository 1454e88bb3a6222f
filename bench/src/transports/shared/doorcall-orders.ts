/** The order service in doorcall: its transports differ in the contract (with generated code or without) and in how the client calls. */
import { connect, serve } from '@doorcall/core';
import type { Connection, RunningServer, ServerSurroundings } from '../../transport.js';
import type { orders as generated } from './orders.gen.js';
import type { orders as contract } from './orders.service.js';
import { installed } from './version.js';

export const version = installed('@doorcall/core');

/** Either is the same contract; the handlers and clients of both are typed alike. */
type Orders = typeof contract | typeof generated;

/** Validation is the framework's here, by the same schemas as everywhere: of input and answers, both in the server. */
export async function startDoorcallServer(
  orders: Orders,
  { directory, work }: ServerSurroundings,
): Promise<RunningServer> {
  const server = await serve(
    orders as typeof contract,
    {
      place: (order) => work.place(order),
      echo: (document) => work.echo(document),
      bytes: (bytes) => work.bytes(bytes),
    },
    { directory },
  );
  return { address: directory, close: () => server.close() };
}

export async function connectDoorcall(orders: Orders, directory: string): Promise<Connection> {
  const client = await readyClient(orders, directory);
  return {
    mode: 'async',
    place: (order) => client.place(order),
    echo: (document) => client.echo(document),
    bytes: (bytes) => client.bytes(bytes),
    close: () => client.close(),
  };
}

export async function connectDoorcallSync(orders: Orders, directory: string): Promise<Connection> {
  const client = await readyClient(orders, directory);
  return {
    mode: 'sync',
    place: (order) => client.place.sync(order),
    echo: (document) => client.echo.sync(document),
    bytes: (bytes) => client.bytes.sync(bytes),
    close: () => client.close(),
  };
}

/** What the sync transports cannot do. */
export const oneAtATime = { concurrent: 'a blocking call leaves no thread for a second one' } as const;

async function readyClient(orders: Orders, directory: string) {
  const client = connect(orders as typeof contract, { directory });
  await client.ready();
  return client;
}
