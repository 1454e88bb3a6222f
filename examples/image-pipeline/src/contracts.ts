import { defineService } from '@doorcall/core';
import { blob } from '@doorcall/core/zod';
import { z } from 'zod';

/** Larger images are refused by the schema, before anything looks at them. */
const Image = blob({ maxBytes: 64 * 1024 * 1024 });
const NOT_AN_IMAGE = { code: 'INVALID_ARGUMENT' } as const;

/** Makes small images of large ones. */
export const thumbnails = defineService('thumbnails', {
  make: {
    input: z.object({ image: Image, width: z.int().min(1).max(4096) }),
    output: z.object({ thumbnail: blob(), width: z.int(), height: z.int() }),
    errors: { NOT_AN_IMAGE },
  },
});

/** Keeps images with their thumbnails. */
export const gallery = defineService('gallery', {
  add: {
    input: z.object({ name: z.string().regex(/^[\w.-]+$/), image: Image }),
    output: z.object({ bytes: z.int(), thumbnail: z.object({ width: z.int(), height: z.int() }) }),
    errors: { NOT_AN_IMAGE },
  },
});
