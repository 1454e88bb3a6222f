/**
 * zod types of what travels beside a message and not in it.
 *
 * @module @doorcall/core/zod
 */
import { z } from 'zod';
import {
  type AttachmentKind,
  type AttachmentSchema,
  attachmentSchemaSymbol,
  type Blob,
  type Door,
  isAcceptable,
  type OwnedFd,
} from './contract/attachments.js';
import { otherDoor } from './contract/door-service.js';
import { insteadOf } from './contract/instead-of.js';
import { serviceOf } from './contract/service-of.js';
import type { AnyService, Client } from './contract/types.js';
import { type OptionNames, refuseUnknownOptions } from './errors/unknown-option.js';

/** What may be sent as a blob: memory of `allocate`, which is handed over, or any other, which is copied once. */
export type BlobInput = Uint8Array | Blob;

/** What may be sent as a descriptor: a number, which stays the sender's, or an owned one, which is given away. */
export type FdInput = number | OwnedFd;

/** What may be sent as a door. */
export type DoorInput<Service extends AnyService> = Door<Service>;

/** A door that was received: the methods of its service, and `using` to let go of it. */
export type DoorClient<Service extends AnyService> = Client<Service> & Disposable;

/** Restrictions of {@link blob}. */
export interface BlobOptions {
  /** The most bytes that it may have. Default: as many as the receiver holds of its peer (`maxBlobBytes`). */
  readonly maxBytes?: number;
}

const BLOB_OPTIONS: OptionNames<BlobOptions> = { maxBytes: true };

/** Bytes that travel by reference: for large ones, of which the receiver gets a view and no copy. */
export function blob(options: BlobOptions = {}): z.ZodType<Blob, BlobInput> {
  refuseUnknownOptions('blob', options, BLOB_OPTIONS);
  const { maxBytes } = options;
  if (maxBytes !== undefined && !(Number.isSafeInteger(maxBytes) && maxBytes >= 0))
    throw new RangeError(`blob: maxBytes is ${maxBytes}`);
  const fits = (value: unknown) =>
    isAcceptable('blob', value) && (value as Uint8Array).byteLength <= (maxBytes ?? Number.MAX_SAFE_INTEGER);
  const expected =
    maxBytes === undefined ? 'expected a blob' : `expected a blob of at most ${maxBytes} bytes`;
  const spec: AttachmentSchema = { kind: 'blob', ...(maxBytes === undefined ? {} : { maxBytes }) };
  return marked(z.custom<Blob>(fits, messageFor('blob', expected)), spec);
}

/** An open descriptor: a file, socket, pipe, memfd. The receiver owns what it gets. */
export function fd(...options: []): z.ZodType<OwnedFd, FdInput> {
  if (options.length > 0) throw new TypeError('fd: there are no options');
  return marked(
    z.custom<OwnedFd>((value) => isAcceptable('fd', value), messageFor('fd', 'expected a descriptor')),
    { kind: 'fd' },
  );
}

/**
 * A live service that the receiver can call: a callback object, a session, a subscription.
 * @param service its contract; a function that returns it where contracts refer to one another
 * @throws TypeError when it is no service definition
 */
export function door<Service extends AnyService>(
  service: Service | (() => Service),
): z.ZodType<DoorClient<Service>, DoorInput<Service>> {
  const get = typeof service === 'function' ? service : () => service;
  if (typeof service !== 'function') serviceOf(service);
  const { error: noDoor } = messageFor('door', 'expected a door');
  return marked(
    z.custom<DoorClient<Service>>(
      (value) => isAcceptable('door', value) && otherDoor(value, get()) === undefined,
      { error: (issue) => otherDoor(issue.input, get()) ?? noDoor(issue) },
    ),
    { kind: 'door', service: get },
  );
}

/** What is said of a value that is none, with what to pass in its place where that is known. */
function messageFor(
  kind: AttachmentKind,
  expected: string,
): { error: (issue: { input?: unknown }) => string } {
  return {
    error: ({ input }) => {
      const hint = insteadOf(kind, input);
      return hint === undefined ? expected : `${expected}; ${hint}`;
    },
  };
}

function marked<Output, Input>(schema: z.ZodType<Output>, spec: AttachmentSchema): z.ZodType<Output, Input> {
  Object.defineProperty(schema._zod.def, attachmentSchemaSymbol, { value: spec, enumerable: true });
  return schema as unknown as z.ZodType<Output, Input>;
}
