/**
 * The only door to msgpackr. The sub-path is the library without its native string extractor: bytes of a peer are
 * read by code that cannot go out of bounds.
 */
import * as msgpackr from 'msgpackr/pack';

/** The options that doorcall uses. */
export interface MsgpackrOptions {
  /** Key lists of records, known to both sides beforehand. */
  readonly structures: string[][];
  /** How many record ids are agreed on beforehand. */
  readonly maxSharedStructures: number;
  /** How many more a message may define for itself. */
  readonly maxOwnStructures: number;
  readonly useRecords: (object: object) => boolean;
  readonly writeFunction: () => never;
  readonly mapsAsObjects: boolean;
  readonly moreTypes: boolean;
  readonly copyBuffers: boolean;
  readonly variableMapSize: boolean;
  readonly useToJSON: boolean;
  readonly structuredClone: boolean;
}

/** What `pack` returns with both buffer modes: msgpackr's own buffer, and where in it the message is. */
export interface Packed extends Uint8Array {
  readonly start: number;
  readonly end: number;
}

export interface Packr {
  pack(value: unknown, modes: number): Packed;
  useBuffer(buffer: Uint8Array): void;
  readonly structures: string[][] & { transitions: unknown };
}

export interface Unpackr {
  unpack(message: Uint8Array): unknown;
  /** @param forEach gets each value and where it ends; false stops the reading. */
  unpackMultiple(message: Uint8Array, forEach: (value: unknown, start: number, end: number) => boolean): void;
}

// The package's types for this sub-path are incomplete.
const library = msgpackr as unknown as {
  Packr: new (options: Partial<MsgpackrOptions>) => Packr;
  Unpackr: new (options: Partial<MsgpackrOptions>) => Unpackr;
  C1: object;
  REUSE_BUFFER_MODE: number;
  RESET_BUFFER_MODE: number;
};

export const { Packr, Unpackr } = library;

/** What the one byte that MessagePack never uses is read as. No other value encodes to it. */
export const NEVER_USED: object = library.C1;

/** Returns the library's buffer instead of a view of it, and gives the space back when `pack` has returned. */
export const IN_PLACE = library.REUSE_BUFFER_MODE | library.RESET_BUFFER_MODE;
