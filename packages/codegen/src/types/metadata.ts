import { type $ZodType, globalRegistry } from 'zod/v4/core';
import { defOf } from './schema.js';

/** What `meta` and `describe` said of a schema. */
export interface Metadata {
  readonly id: string | undefined;
  /** Lines for its documentation. */
  readonly docs: readonly string[];
}

export function metadataOf(schema: $ZodType): Metadata {
  const { id, title, description, deprecated } = globalRegistry.get(schema) ?? {};
  const docs = [title, description]
    .filter((text): text is string => typeof text === 'string' && text.trim() !== '')
    .flatMap((text) => text.trim().split(/\r?\n/));
  if (deprecated === true) docs.push('@deprecated');
  return { id: typeof id === 'string' && id !== '' ? id : undefined, docs };
}

/** Documentation of a property: its schema's, or what stands within wrappers that do not make it another thing. */
export function propertyDocs(schema: $ZodType): readonly string[] {
  let at = schema;
  for (;;) {
    const { id, docs } = metadataOf(at);
    // What has an id has a declaration, and its documentation there.
    if (id !== undefined) return [];
    if (docs.length > 0) return docs;
    const def = defOf(at);
    switch (def.type) {
      case 'optional':
      case 'nullable':
      case 'nonoptional':
      case 'default':
      case 'prefault':
      case 'catch':
      case 'readonly':
        at = def.innerType;
        break;
      default:
        return [];
    }
  }
}
