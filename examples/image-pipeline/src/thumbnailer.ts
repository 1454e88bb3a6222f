/** Makes thumbnails. It reads the images where its callers have put them: decoding is the first that touches the bytes. */
import { serve } from '@doorcall/core';
import sharp from 'sharp';
import { thumbnails } from './contracts.js';
import { endOnSignals } from './end-on-signals.js';

const server = await serve(thumbnails, {
  async make({ image, width }, ctx) {
    // Released when the image library has read it, also when it fails.
    using held = image;
    try {
      const { data, info } = await sharp(held.bytes)
        .resize({ width, withoutEnlargement: true })
        .jpeg()
        .toBuffer({ resolveWithObject: true });
      return { thumbnail: data, width: info.width, height: info.height };
    } catch (cause) {
      throw ctx.error('NOT_AN_IMAGE', undefined, `it cannot be read: ${(cause as Error).message}`);
    }
  },
});
endOnSignals(server);
console.log(`thumbnailer: ready at ${server.address}`);
