import { z } from 'zod';
import { definePayload } from './payload.js';
import { Samples } from './samples.js';

const Article = z.object({
  title: z.string().min(1).max(300),
  author: z.string().min(1),
  paragraphs: z.array(z.string().max(20_000)).min(1),
});

export const payload = definePayload({
  summary: 'an article of about 9 KB in long strings, every fourth with letters beyond ASCII',
  schema: Article,
  variant(index) {
    const samples = new Samples(index);
    return {
      title: samples.words(10),
      author: samples.person(),
      paragraphs: samples.list(6, () => {
        const text = samples.words(samples.integer(300, 500));
        return index % 4 === 3 ? text.replaceAll('the', 'größte – ✓') : text;
      }),
    };
  },
  invalid: (article) => ({ ...article, title: '' }),
});
