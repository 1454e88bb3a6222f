/** Finds the drivers: every file in `transports/` except the settings is one. */
import { readdirSync } from 'node:fs';
import type { Transport } from './transport.js';

const folder = new URL('./transports/', import.meta.url);

/** Names of all transports, ours first. Reads no driver, so a missing package cannot hide a name. */
export function transportNames(): string[] {
  const names = readdirSync(folder)
    .filter((file) => /^[^.]+\.[jt]s$/.test(file) && !file.startsWith('settings.'))
    .map((file) => file.replace(/\.[jt]s$/, ''))
    .sort();
  const isOurs = (name: string) => name.startsWith('doorcall');
  return [...names.filter(isOurs), ...names.filter((name) => !isOurs(name))];
}

/** @throws when the driver's packages are not installed or do not load here */
export async function loadTransport(name: string): Promise<Transport> {
  const module: { transport: Transport } = await import(new URL(`${name}.js`, folder).href);
  return module.transport;
}
