import type { Reader } from './reader.js';
import type { Writer } from './writer.js';

/** Writes a value of one schema; gives up when its structure is another. */
export type Write = (w: Writer, value: unknown) => void;
/** Reads a value of one schema. */
export type Read = (r: Reader) => unknown;

/** What either side of a method has. */
interface SideParts {
  readonly write: Write;
  /** Reads the value as it was written. */
  readonly read: Read;
  /** It may hold blobs, descriptors or doors: what is of another structure travels by MessagePack. */
  readonly attachments?: boolean;
}

/** What a client sends of one method: its input. */
export interface InputParts extends SideParts {
  /** Reads and validates: what zod would return, or it gives up. */
  readonly parse: Read;
  /** `parse` runs code of the contract, which may turn out to be asynchronous. */
  readonly runsCode?: boolean;
}

/** What a server sends of one method: its output, or the data of an error. */
export interface OutputParts extends SideParts {
  /** Validates while it writes, and gives up on what is not valid. Only where zod returns valid values as they are. */
  readonly writeValid?: Write;
}

/** The generated code of one method. */
export interface MethodParts {
  readonly input?: InputParts;
  readonly output?: OutputParts;
  /** By declared reason. */
  readonly errors?: Readonly<Record<string, OutputParts>>;
}

/** The generated code of one service. */
export interface GeneratedParts {
  /** Of the contract that the code was generated from. */
  readonly fingerprint: string;
  /** 16 hex digits: equal ones write the same bytes. */
  readonly codec: string;
  /** By method id. */
  readonly methods: readonly MethodParts[];
  /** The same of the contract's callbacks, if it has any. */
  readonly callbacks?: readonly MethodParts[];
}
