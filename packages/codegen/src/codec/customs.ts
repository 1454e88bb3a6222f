import { attachmentSchemaOf } from '@doorcall/core/contract';
import type { $ZodTypes } from 'zod/v4/core';
import type { Core } from './node.js';

/** The class of `z.instanceof`; undefined for every other schema. */
export function classOf(schema: $ZodTypes): { readonly name?: string } | undefined {
  return (schema._zod.bag as { Class?: { name?: string } } | undefined)?.Class;
}

/** How values of a custom schema are written; undefined when nobody knows what it accepts. */
export function coreOfCustom(schema: $ZodTypes): Core | undefined {
  const attachment = attachmentSchemaOf(schema);
  if (attachment !== undefined) return { kind: 'attachment', of: attachment.kind };
  // The class itself: one of somebody's own may have the same name.
  const of: unknown = classOf(schema);
  if (of === Uint8Array) return { kind: 'blob' };
  return of === Date ? { kind: 'date' } : undefined;
}
