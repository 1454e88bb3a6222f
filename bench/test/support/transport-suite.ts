/** What every transport has to do, wherever its server runs. */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import {
  bytesOf,
  documentOf,
  invalidDocument,
  invalidOrder,
  isReceiptFor,
  sampleOrders,
} from '../../src/payload.js';
import type { Connection, Transport } from '../../src/transport.js';
import { work } from '../../src/work.js';

/** A server that runs. */
export interface Served {
  connect(): Promise<Connection>;
  close(): Promise<void>;
}

/** @param start starts a server, once */
export function transportSuite({ cannot = {} }: Transport, start: () => Promise<Served>): void {
  let served: Served;
  const open: Connection[] = [];

  /** A connection whose calls can be awaited, whichever mode it has. */
  const connect = async () => {
    const connection = await served.connect();
    open.push(connection);
    return {
      place: async (...[order]: Parameters<Connection['place']>) => connection.place(order),
      echo: async (...[document]: Parameters<Connection['echo']>) => connection.echo(document),
      bytes: async (...[bytes]: Parameters<Connection['bytes']>) => connection.bytes(bytes),
      async close() {
        open.splice(open.indexOf(connection), 1);
        await connection.close();
      },
    };
  };

  beforeAll(async () => {
    served = await start();
  });

  afterEach(async () => {
    await Promise.all(open.splice(0).map((connection) => connection.close()));
  });

  afterAll(async () => {
    await served.close();
  });

  it('answers every order with its receipt', async () => {
    const { place } = await connect();
    for (const order of sampleOrders) expect(await place(order)).toEqual(work.place(order));
  });

  it('gives documents of all sizes back', async () => {
    const { echo } = await connect();
    for (const bytes of [0, 64, 1_024, 16_384, 65_536, 1_048_576]) {
      const document = documentOf(bytes);
      expect(await echo(document)).toEqual(document);
    }
  });

  it.skipIf(cannot.bytes)('gives raw bytes of all sizes back', async () => {
    const { bytes } = await connect();
    for (const count of [0, 1, 64, 1_024, 16_384, 65_536, 1_048_576]) {
      const sent = bytesOf(count);
      const received = await bytes(sent);
      expect(received).toBeInstanceOf(Uint8Array);
      expect(Buffer.compare(received, sent)).toBe(0);
    }
  });

  it('refuses an invalid order and an invalid document, and goes on', async () => {
    const { place, echo } = await connect();
    // The path of what is wrong proves that it is the schema that refuses.
    await expect(place(invalidOrder)).rejects.toThrow('quantity');
    await expect(echo(invalidDocument)).rejects.toThrow('quantity');
    await expect(place(sampleOrders[0]!)).resolves.toEqual(work.place(sampleOrders[0]!));
  });

  it.skipIf(cannot.concurrent)('crosses no answers with 64 calls in flight, of all kinds', async () => {
    const { place, echo, bytes } = await connect();
    const calls = Array.from({ length: 64 }, async (_, i) => {
      const order = sampleOrders[i % sampleOrders.length]!;
      if (i % 4 === 1) {
        const document = documentOf(200 + i * 50, i % 16);
        expect(await echo(document)).toEqual(document);
      } else if (i % 4 === 2 && !cannot.bytes) {
        const sent = bytesOf(100 + i * 1_000, i);
        expect(Buffer.compare(await bytes(sent), sent)).toBe(0);
      } else {
        expect(isReceiptFor(order, await place(order))).toBe(true);
      }
    });
    await Promise.all(calls);
  });

  it.skipIf(cannot['fan-in'])('survives the end of another connection', async () => {
    const [one, other] = [await connect(), await connect()];
    await one.place(sampleOrders[1]!);
    await one.close();
    await expect(other.place(sampleOrders[2]!)).resolves.toEqual(work.place(sampleOrders[2]!));
  });
}
