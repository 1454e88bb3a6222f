/** The order service's HTTP client, whatever makes the requests. */
import type { CheckedAnswers, Connection } from '../../transport.js';
import { bytesType, jsonType, paths } from './http-orders.js';

/** Makes a request and gives back its answer. @throws for any status but 200 */
export interface Requests {
  json(path: string, contentType: string, body: string): Promise<unknown>;
  bytes(path: string, contentType: string, body: Uint8Array): Promise<Uint8Array>;
  close(): Promise<void>;
}

export function connectionBy({ json, bytes, close }: Requests, checked: CheckedAnswers): Connection {
  return {
    mode: 'async',
    place: async (order) => checked.receipt(await json(paths.place, jsonType, JSON.stringify(order))),
    echo: async (document) => {
      return checked.document(await json(paths.echo, jsonType, JSON.stringify(document)));
    },
    bytes: async (input) => checked.bytes(await bytes(paths.bytes, bytesType, input)),
    close,
  };
}
