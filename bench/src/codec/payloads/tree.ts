import { z } from 'zod';
import { definePayload } from './payload.js';
import { Samples } from './samples.js';

const Entry = z.object({
  name: z.string().min(1).max(255),
  bytes: z.int().nonnegative(),
  get children(): z.ZodOptional<z.ZodArray<typeof Entry>> {
    return z.array(Entry).optional();
  },
});
type Entry = z.infer<typeof Entry>;

/** Levels below the root along the longest path. */
const depth = 20;

export const payload = definePayload({
  summary: `a folder tree by a recursive schema, ${depth} levels deep`,
  schema: Entry,
  variant: (index) => folder(new Samples(index), depth),
  invalid: (root) => withBadLeaf(root),
});

/** One of a folder's three entries is a folder again. */
function folder(samples: Samples, levels: number): Entry {
  const files = samples.list(2, () => ({
    name: `${samples.words(1)}-${samples.hex(4)}.${samples.oneOf(['ts', 'md', 'json'])}`,
    bytes: samples.integer(0, 60_000),
  }));
  const children = levels === 1 ? files : [...files, folder(samples, levels - 1)];
  return { name: `${samples.words(1)}-${samples.hex(2)}`, bytes: 0, children };
}

/** At the end of the deepest path. */
function withBadLeaf(entry: Entry): Entry {
  const { children } = entry;
  if (children === undefined) return { ...entry, bytes: -1 };
  return { ...entry, children: [...children.slice(0, -1), withBadLeaf(children.at(-1)!)] };
}
