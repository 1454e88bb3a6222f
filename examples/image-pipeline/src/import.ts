/** Adds files to the gallery: `npm run import -- a.png b.jpg`. */
import { open } from 'node:fs/promises';
import path from 'node:path';
import { connect, RpcError } from '@doorcall/core';
import { gallery } from './contracts.js';

const files = process.argv.slice(2);
if (files.length === 0) {
  console.error('usage: import <image> …');
  process.exit(2);
}
await using client = connect(gallery);
await client.ready();
for (const file of files) {
  try {
    // Read straight into memory that the gallery will see.
    const handle = await open(file);
    const { size } = await handle.stat();
    using image = client.allocate(size);
    await handle.read(image, 0, size, 0);
    await handle.close();
    const { bytes, thumbnail } = await client.add({ name: path.basename(file), image });
    console.log(`${file}: ${bytes} bytes, thumbnail ${thumbnail.width} × ${thumbnail.height}`);
  } catch (error) {
    console.error(`${file}: ${error instanceof RpcError ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
