import { join } from 'node:path';
import { Dealer, Router } from 'zeromq';
import type { CheckedWork, Transport } from '../transport.js';
import { zeromqSocket } from './settings.js';
import { PendingCalls } from './shared/pending-calls.js';
import { installed } from './shared/version.js';

/** The first part of a message: a 4-byte call id and a byte that says what the second one is. */
const headerBytes = 5;

/** What a request is for. */
const place = 0;
const echo = 1;
const bytes = 2;

/** What an answer is. */
const json = 0;
const refusal = 1;
const asIs = 2;

export const transport: Transport = {
  kind: 'peer',
  summary: 'zeromq ipc:// (a Unix socket), Dealer to Router with call ids, JSON',
  version: installed('zeromq'),
  serverStartedBy: 'runner',

  async startServer({ directory, checked }) {
    const address = `ipc://${join(directory, 'zeromq.sock')}`;
    const router = new Router(zeromqSocket);
    await router.bind(address);
    const serving = serve(router, checked);
    return {
      address,
      async close() {
        router.close();
        await serving;
      },
    };
  },

  async connect(address, { checked }) {
    const dealer = new Dealer(zeromqSocket);
    dealer.connect(address);
    const pending = new PendingCalls<Buffer>();
    const receiving = receive(dealer, pending);
    const call = (kind: number, body: string | Uint8Array) =>
      pending.make((id) => void dealer.send([header(id, kind), body]));
    const parsed = async (kind: number, input: unknown) => {
      return JSON.parse((await call(kind, JSON.stringify(input))).toString());
    };
    return {
      mode: 'async',
      place: async (order) => checked.receipt(await parsed(place, order)),
      echo: async (document) => checked.document(await parsed(echo, document)),
      bytes: async (input) => checked.bytes(await call(bytes, input)),
      async close() {
        dealer.close();
        await receiving;
        pending.end(new Error('connection closed'));
      },
    };
  },
};

function header(callId: number, kind: number): Buffer {
  const part = Buffer.allocUnsafe(headerBytes);
  part.writeUInt32LE(callId, 0);
  part[4] = kind;
  return part;
}

async function serve(router: Router, checked: CheckedWork): Promise<void> {
  for await (const [client, request, body] of router) {
    void answer(request![4]!, body!, checked).then(([kind, answered]) => {
      if (!router.closed) void router.send([client!, header(request!.readUInt32LE(0), kind), answered]);
    });
  }
}

async function answer(
  kind: number,
  body: Buffer,
  checked: CheckedWork,
): Promise<[kind: number, body: string | Uint8Array]> {
  try {
    if (kind === bytes) return [asIs, checked.bytes(body)];
    const input = JSON.parse(body.toString());
    return [json, JSON.stringify(kind === place ? await checked.place(input) : checked.echo(input))];
  } catch (error) {
    return [refusal, String(error)];
  }
}

async function receive(dealer: Dealer, pending: PendingCalls<Buffer>): Promise<void> {
  for await (const [request, body] of dealer) {
    const callId = request!.readUInt32LE(0);
    if (request![4] === refusal) pending.reject(callId, body!.toString());
    else pending.resolve(callId, body!);
  }
}
