import type { Transport } from '../../src/transport.js';
import { callableNames } from '../../src/transports.js';

/** Peers that a machine may be without; every other transport has to load. */
const optional = ['zeromq-ipc'];

/** From the sources: the bench itself loads what is built. */
export async function loadSource(name: string): Promise<Transport> {
  return (await import(`../../src/transports/${name}.ts`)).transport;
}

export interface Loaded {
  name: string;
  transport: Transport;
}

/** All that can be called and are installed here. */
export async function loadAll(): Promise<Loaded[]> {
  const all = callableNames().map(async (name) => {
    try {
      return [{ name, transport: await loadSource(name) }];
    } catch (error) {
      if (!optional.includes(name)) throw error;
      return [];
    }
  });
  return (await Promise.all(all)).flat();
}
