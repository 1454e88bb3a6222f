/** What to do about a schema whose values cannot travel. */
export function hintFor(type: string): string {
  switch (type) {
    case 'function':
    case 'symbol':
      return 'leave it out of the contract';
    case 'promise':
      return 'declare what the promise resolves to: handlers may be async anyway';
    case 'file':
      return 'declare the bytes, z.instanceof(Uint8Array), and the name beside them';
    case 'custom':
      return 'use z.codec() with a schema that can travel on the side that travels';
    default:
      return 'use a schema of values that can travel';
  }
}
