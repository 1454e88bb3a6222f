import { defineService, stream } from '@doorcall/core';
import { z } from 'zod';

/** One line of the file. */
export const Product = z.object({
  sku: z.string().min(1).max(100),
  name: z.string().min(1),
  /** In cents. */
  price: z.int().positive(),
});
export type Product = z.output<typeof Product>;

export const Progress = z.object({
  /** Rows of this file that are in the database, those of earlier attempts included. */
  committed: z.int().min(0),
});

/** Key of the metadata that says which file the rows are of. */
export const FILE_KEY = 'import-file';

export const importer = defineService('bulk-import', {
  /** Rows of the file that are in the database: the next attempt begins behind them. */
  committed: { input: z.object({ file: z.string() }), output: Progress },
  /** Takes the rows that are missing, in order, and answers after each batch that is committed. */
  load: { input: stream(Product), output: stream(Progress) },
});
