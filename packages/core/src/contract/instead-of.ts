import type { AttachmentKind } from './attachments.js';

/** What to pass in the place of a value that is often taken for an attachment of that kind; undefined for all others. */
export function insteadOf(kind: AttachmentKind, value: unknown): string | undefined {
  switch (kind) {
    case 'fd':
      return insteadOfFd(value);
    case 'blob':
      return insteadOfBlob(value);
    case 'door':
      return typeof value === 'object' && value !== null
        ? 'createDoor(service, handlers) makes one'
        : undefined;
  }
}

function insteadOfFd(value: unknown): string | undefined {
  const name = className(value);
  if (name === 'FileHandle') return 'of a FileHandle, pass its number: handle.fd';
  if (/^(TLS)?Socket$|^Server$/.test(name))
    return `Node shows no descriptor of a ${name}: docs/descriptors.md says under "Sockets" how to get at it`;
  return undefined;
}

function insteadOfBlob(value: unknown): string | undefined {
  if (typeof value === 'string') return 'of a text, pass its bytes: Buffer.from(text)';
  if (ArrayBuffer.isView(value) && !(value instanceof Uint8Array))
    return 'of another view, pass its bytes: new Uint8Array(view.buffer, view.byteOffset, view.byteLength)';
  const name = className(value);
  if (/^(Shared)?ArrayBuffer$/.test(name)) return `of an ${name}, pass its bytes: new Uint8Array(buffer)`;
  if (name === 'Blob' || name === 'File')
    return `of a ${name}, pass its bytes: new Uint8Array(await blob.arrayBuffer())`;
  return undefined;
}

function className(value: unknown): string {
  if (typeof value !== 'object' || value === null) return '';
  const name: unknown = value.constructor?.name;
  return typeof name === 'string' ? name : '';
}
