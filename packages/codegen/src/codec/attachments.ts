import type { AnyService } from '@doorcall/core';
import { describe, leadingToAttachments } from '@doorcall/core/contract';
import { type Node, partsOf } from './node.js';

/** Which sides of a service's methods may hold blobs, descriptors or doors. */
export class AttachedSides {
  readonly #methods;
  readonly #leads: readonly boolean[];

  constructor(service: AnyService) {
    const { methods, shapes } = describe(service);
    this.#methods = methods;
    this.#leads = leadingToAttachments(shapes);
  }

  has(method: number, side: 'input' | 'output'): boolean {
    return this.#leads[this.#methods[method]?.[side] as number] === true;
  }
}

/** Schemas that are described as a whole and have no others within them. */
const LEAVES: ReadonlySet<string> = new Set([
  'string',
  'number',
  'bigint',
  'boolean',
  'date',
  'any',
  'unknown',
  'transform',
]);

/**
 * Whether something of a node is described by tags that may have attachments within it: what describes itself has no
 * place for them.
 */
export function describesParts(node: Node, seen = new Set<Node>()): boolean {
  if (seen.has(node)) return false;
  seen.add(node);
  const { core, bare } = node;
  if (core.kind === 'any' && !LEAVES.has(bare.schema._zod.def.type)) return true;
  return partsOf(core).some((part) => describesParts(part, seen));
}
