import type { AttachmentKind } from './attachments.js';
import type { ShapeNode } from './shape.js';

/** A node that stands for an attachment. */
export type AttachmentNode = ShapeNode & { readonly kind: AttachmentKind };

export function isAttachment(node: ShapeNode): node is AttachmentNode {
  return node.kind === 'blob' || node.kind === 'fd' || node.kind === 'door';
}

/** For each node of a table: whether its values may hold attachments. */
export function leadingToAttachments(shapes: readonly ShapeNode[]): readonly boolean[] {
  const leads = shapes.map(isAttachment);
  for (let changed = leads.includes(true); changed; ) {
    changed = false;
    shapes.forEach((node, i) => {
      if (leads[i] !== true && (node.refs ?? []).some((ref) => leads[ref])) leads[i] = changed = true;
    });
  }
  return leads;
}
