import type { Issue } from '../errors/issue.js';
import { RpcError } from '../errors/rpc-error.js';
import type { Encoded } from './codec.js';

/**
 * The body of an `error` message: u32 little-endian length of the head, the head (JSON, UTF-8), and for a
 * declared error the bytes of `encodeErrorData` behind it. The status code is in the message's header.
 */
export interface ErrorHead {
  /** Without the status code. */
  readonly message: string;
  readonly issues?: readonly Issue[] | undefined;
}

/** A head never grows beyond this; what is too long in it is cut. */
const MAX_HEAD_BYTES = 64 * 1024;
const MAX_ISSUES = 100;

export function encodeErrorBody(head: ErrorHead, data?: Encoded): Uint8Array {
  const headBytes = encodeHead(head);
  const dataLength = data === undefined ? 0 : data.end - data.start;
  const body = Buffer.allocUnsafe(4 + headBytes.length + dataLength);
  body.writeUInt32LE(headBytes.length, 0);
  headBytes.copy(body, 4);
  if (data !== undefined) body.set(data.bytes.subarray(data.start, data.end), 4 + headBytes.length);
  return body;
}

/** @throws RpcError INTERNAL when the body is damaged. */
export function decodeErrorBody(
  bytes: Uint8Array,
  start: number,
  end: number,
): ErrorHead & { readonly dataStart: number } {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const dataStart = end - start < 4 ? Number.POSITIVE_INFINITY : start + 4 + buffer.readUInt32LE(start);
  if (dataStart > end) throw new RpcError('INTERNAL', 'the error that came back is cut short');
  let head: unknown;
  try {
    head = JSON.parse(buffer.toString('utf8', start + 4, dataStart));
  } catch (cause) {
    throw new RpcError('INTERNAL', 'the error that came back is not readable', { cause });
  }
  if (!isHead(head)) throw new RpcError('INTERNAL', 'the error that came back is not readable');
  return { message: head.message, issues: head.issues, dataStart };
}

function encodeHead({ message, issues }: ErrorHead): Buffer {
  const whole = Buffer.from(JSON.stringify({ message, issues: issues?.slice(0, MAX_ISSUES) }));
  if (whole.length <= MAX_HEAD_BYTES) return whole;
  // JSON writes a character in up to six bytes.
  return Buffer.from(JSON.stringify({ message: `${message.slice(0, MAX_HEAD_BYTES / 8)}…` }));
}

function isHead(value: unknown): value is ErrorHead {
  if (typeof value !== 'object' || value === null) return false;
  const { message, issues } = value as { message?: unknown; issues?: unknown };
  return (
    typeof message === 'string' && (issues === undefined || (Array.isArray(issues) && issues.every(isIssue)))
  );
}

function isIssue(value: unknown): value is Issue {
  if (typeof value !== 'object' || value === null) return false;
  const { message, path } = value as { message?: unknown; path?: unknown };
  return (
    typeof message === 'string' &&
    Array.isArray(path) &&
    path.every((key) => typeof key === 'string' || typeof key === 'number')
  );
}
