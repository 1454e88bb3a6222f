import { attachmentKindOf, type OwnedFd } from '../contract/attachments.js';
import { type LocalDoor, localDoorOf } from './doors.js';
import { giveUp } from './memory.js';

/**
 * Gives up the descriptors and the memory in a result that nobody receives any more: whoever returned it has given them away. Owners of
 * doors in it are told, as they would be had somebody received them. Goes where results have their attachments, into arrays, maps, sets
 * and objects without a class.
 */
export function giveUpReturned(result: unknown): void {
  const seen = new Set<unknown>();
  const left: unknown[] = [result];
  while (left.length > 0) {
    const value = left.pop();
    if (typeof value !== 'object' || value === null || seen.has(value)) continue;
    seen.add(value);
    const kind = attachmentKindOf(value);
    if (kind === 'fd') (value as OwnedFd).close();
    else if (kind === 'door') letGo(localDoorOf(value));
    else if (value instanceof Uint8Array) giveUp(value);
    else left.push(...within(value));
  }
}

/** As if it had been held for a moment. */
function letGo(door: LocalDoor | undefined): void {
  door?.count(1);
  door?.count(-1);
}

function within(value: object): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (value instanceof Set || value instanceof Map) return [...value.values()];
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null
    ? Object.keys(value).map((key) => read(value, key))
    : [];
}

/** What a property that throws would have led to cannot be found. */
function read(value: object, key: string): unknown {
  try {
    return (value as Readonly<Record<string, unknown>>)[key];
  } catch {
    return undefined;
  }
}
