import { attachmentSchemaOf } from '@doorcall/core/contract';
import type { $ZodType } from 'zod/v4/core';
import type { Direction } from './schema.js';

/** Types of blobs and descriptors, as their sender has them and as their receiver does. */
const TYPES = {
  blob: { input: 'BlobInput', output: 'Blob' },
  fd: { input: 'FdInput', output: 'OwnedFd' },
} as const;

/** Where generated code imports them from. */
export const ATTACHMENT_MODULES = {
  '@doorcall/core': ['Blob', 'OwnedFd'],
  '@doorcall/core/zod': ['BlobInput', 'FdInput'],
} as const;

/** The names of an attachment's types. What is behind a door only the contract can say. */
export function attachmentTypes(schema: $ZodType): Readonly<Record<Direction, string>> | undefined {
  const kind = attachmentSchemaOf(schema)?.kind;
  return kind === 'blob' || kind === 'fd' ? TYPES[kind] : undefined;
}
