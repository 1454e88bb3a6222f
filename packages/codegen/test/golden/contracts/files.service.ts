/** Blobs, descriptors and doors: the generated file is compared byte for byte, and used between processes. */
import { defineService, stream } from '@doorcall/core';
import { blob, door, fd } from '@doorcall/core/zod';
import { z } from 'zod';

export const session = defineService('files.session', {
  append: { input: z.string(), output: z.object({ bytes: z.int() }) },
});

export const files = defineService('files', {
  /** Opens a file that was handed over. */
  open: {
    input: z.object({ name: z.string().max(20), file: fd(), at: z.coerce.date().optional() }),
    output: door(session),
  },
  read: { input: z.array(fd()), output: stream(z.object({ text: z.string(), file: fd() })) },
  resize: {
    input: z.object({ image: blob({ maxBytes: 1_000 }), width: z.int() }),
    output: z.object({ image: blob(), thumbnails: z.array(blob()).optional() }),
  },
});
