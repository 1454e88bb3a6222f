/**
 * The ledger: what each process writes down of each call, in a file of its own that outlives its death. A record is written
 * by one system call before the process goes on, so that whoever reads an answer can read who had it executed.
 *
 *     client u32 · sequence u32 · what u8 · code u8 · two zero bytes
 */
import { closeSync, openSync, writeSync } from 'node:fs';

export const RECORD_BYTES = 12;

export enum What {
  /** Of the client: the call is about to be made. */
  begun = 1,
  /** Of the client: it was told of success. */
  succeeded = 2,
  /** Of the client: it was told of a failure, and that the handler may have run. */
  failed = 3,
  /** Of the client: it was told of a failure, and that no handler has run. */
  notExecuted = 4,
  /** Of the server: the handler begins. */
  executed = 5,
  /** Of the client: a one-way call is on its way. */
  sent = 6,
  /** The same, to the server that is never killed. */
  sentToAnchor = 7,
}

export interface Entry {
  readonly client: number;
  readonly sequence: number;
  readonly what: What;
  /** Number of the status code of a failure. */
  readonly code: number;
}

/** Calls are known by one number: their client, and their place among its calls. */
const CALLS_OF_CLIENT = 2 ** 32;
export const callIdOf = (client: number, sequence: number): number => client * CALLS_OF_CLIENT + sequence;

export class LedgerFile {
  readonly #fd: number;
  readonly #bytes = Buffer.alloc(RECORD_BYTES);

  constructor(path: string) {
    this.#fd = openSync(path, 'a');
  }

  write(callId: number, what: What, code = 0): void {
    this.#bytes.writeUInt32LE(Math.floor(callId / CALLS_OF_CLIENT), 0);
    this.#bytes.writeUInt32LE(callId % CALLS_OF_CLIENT, 4);
    this.#bytes.writeUInt8(what, 8);
    this.#bytes.writeUInt8(code, 9);
    writeSync(this.#fd, this.#bytes);
  }

  close(): void {
    closeSync(this.#fd);
  }
}

export function decodeEntry(bytes: Buffer, at: number): Entry {
  return {
    client: bytes.readUInt32LE(at),
    sequence: bytes.readUInt32LE(at + 4),
    what: bytes.readUInt8(at + 8),
    code: bytes.readUInt8(at + 9),
  };
}
