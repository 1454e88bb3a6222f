/** Writes images into a folder, each with a thumbnail that another process makes. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { connect, isRpcError, serve } from '@doorcall/core';
import { gallery, thumbnails } from './contracts.js';
import { endOnSignals } from './end-on-signals.js';

const folder = process.argv[2] ?? 'gallery';
await mkdir(folder, { recursive: true });
const thumbnailer = connect(thumbnails);
await thumbnailer.ready();

const server = await serve(gallery, {
  async add({ name, image }, ctx) {
    using original = image;
    try {
      // Memory of one connection is not seen on another: this is the one copy on an image's way through three processes.
      const made = await thumbnailer.make({ image: original, width: 256 });
      using thumbnail = made.thumbnail;
      await writeFile(path.join(folder, name), original.bytes);
      await writeFile(path.join(folder, `${name}.thumbnail.jpg`), thumbnail.bytes);
      return {
        bytes: original.byteLength,
        thumbnail: { width: made.width, height: made.height },
      };
    } catch (error) {
      if (isRpcError(error, thumbnails.make, 'NOT_AN_IMAGE'))
        throw ctx.error('NOT_AN_IMAGE', undefined, error.message.slice(`${error.code}: `.length));
      throw error;
    }
  },
});
endOnSignals(server, thumbnailer);
console.log(`gallery: ready at ${server.address}`);
