import { MAX_ATTACHMENTS } from '../codec/attachments.js';
import type { AttachmentKind } from '../contract/attachments.js';
import { RpcError } from '../errors/rpc-error.js';
import type { BlobPlace } from '../transport/transport.js';

/** One line of a message's table of attachments, as docs/protocol.md has it. */
export type Entry =
  | ({ readonly kind: 'blob' } & BlobPlace)
  | { readonly kind: 'fd' }
  | { readonly kind: 'door'; readonly door: number };

/** A table, and where the body behind it begins. */
export interface Table {
  readonly entries: readonly Entry[];
  /** Names the socket message that brings the descriptors; 0 when there are none. */
  readonly ticket: number;
  readonly fds: number;
  readonly bodyStart: number;
}

const HEAD_BYTES = 8;
const ENTRY_BYTES = 32;
const NUMBERS: Readonly<Record<AttachmentKind, number>> = { blob: 1, fd: 2, door: 3 };

/** A message of which the table comes first. */
export function writeTable(entries: readonly Entry[], ticket: number, body: Uint8Array): Uint8Array {
  const table = HEAD_BYTES + entries.length * ENTRY_BYTES;
  const bytes = new Uint8Array(table + body.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, entries.length, true);
  view.setUint16(2, entries.filter(({ kind }) => kind === 'fd').length, true);
  view.setUint32(4, ticket, true);
  for (const [i, entry] of entries.entries()) {
    const at = HEAD_BYTES + i * ENTRY_BYTES;
    view.setUint8(at, NUMBERS[entry.kind]);
    if (entry.kind === 'door') view.setUint32(at + 4, entry.door, true);
    if (entry.kind !== 'blob') continue;
    view.setUint32(at + 4, entry.segment, true);
    view.setUint32(at + 8, entry.slot, true);
    view.setBigUint64(at + 16, BigInt(entry.offset), true);
    view.setBigUint64(at + 24, BigInt(entry.length), true);
  }
  bytes.set(body, table);
  return bytes;
}

/** @throws RpcError INTERNAL when it is damaged: the other side has broken the protocol. */
export function readTable(bytes: Uint8Array, start: number, end: number): Table {
  if (end - start < HEAD_BYTES) throw damaged('is cut short');
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, end - start);
  const count = view.getUint16(0, true);
  const fds = view.getUint16(2, true);
  const ticket = view.getUint32(4, true);
  const table = HEAD_BYTES + count * ENTRY_BYTES;
  if (count === 0 || count > MAX_ATTACHMENTS || table > end - start) throw damaged(`has ${count} entries`);
  const entries = Array.from({ length: count }, (_, i) => readEntry(view, HEAD_BYTES + i * ENTRY_BYTES));
  const named = entries.filter(({ kind }) => kind === 'fd').length;
  if (named !== fds || (fds === 0) !== (ticket === 0))
    throw damaged('has not as many descriptors as it says');
  return { entries, ticket, fds, bodyStart: start + table };
}

function readEntry(view: DataView, at: number): Entry {
  switch (view.getUint8(at)) {
    case NUMBERS.blob:
      return {
        kind: 'blob',
        segment: view.getUint32(at + 4, true),
        slot: view.getUint32(at + 8, true),
        offset: safe(view.getBigUint64(at + 16, true)),
        length: safe(view.getBigUint64(at + 24, true)),
      };
    case NUMBERS.fd:
      return { kind: 'fd' };
    case NUMBERS.door:
      return { kind: 'door', door: view.getUint32(at + 4, true) };
    default:
      throw damaged('has an entry of an unknown kind');
  }
}

function safe(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw damaged('has a number out of range');
  return Number(value);
}

function damaged(what: string): RpcError {
  return new RpcError('INTERNAL', `a table of attachments ${what}`, { origin: 'transport' });
}
