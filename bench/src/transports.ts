/** Finds the drivers: every file in `transports/` except the settings is one. */
import { readdirSync } from 'node:fs';
import type { Floor, Transport } from './transport.js';

const folder = new URL('./transports/', import.meta.url);

const isOurs = (name: string) => name.startsWith('doorcall');
const isFloor = (name: string) => name.startsWith('floor-');

/** Names of all transports: ours, peers, the floor. Reads no driver, so a missing package cannot hide a name. */
export function transportNames(): string[] {
  const names = readdirSync(folder)
    .filter((file) => /^[^.]+\.[jt]s$/.test(file) && !file.startsWith('settings.'))
    .map((file) => file.replace(/\.[jt]s$/, ''))
    .sort();
  const isPeer = (name: string) => !isOurs(name) && !isFloor(name);
  return [isOurs, isPeer, isFloor].flatMap((group) => names.filter(group));
}

/** Names of those that two processes of the bench can call each other by: all but the floor. */
export function callableNames(): string[] {
  return transportNames().filter((name) => !isFloor(name));
}

/** @throws when the driver's packages are not installed or do not load here; the message names the transport */
export async function loadTransport(name: string): Promise<Transport | Floor> {
  try {
    const module: { transport: Transport | Floor } = await import(new URL(`${name}.js`, folder).href);
    return module.transport;
  } catch (cause) {
    const said = cause instanceof Error ? cause.message.split('\n')[0]! : String(cause);
    // Of a package that is missing, only which one.
    const reason = said.replace(/ imported from .*$/, '');
    throw new Error(`${name} does not load here: ${reason}`, { cause });
  }
}

/** @throws as {@link loadTransport}, and for the floor, which nobody can connect to */
export async function loadCallable(name: string): Promise<Transport> {
  const transport = await loadTransport(name);
  if (transport.kind === 'floor') throw new Error(`${name} measures itself: nobody can call it`);
  return transport;
}
