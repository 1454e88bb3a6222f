import { z } from 'zod';
import { type Contestant, prepareEach } from '../contestant.js';
import { msgpackrWith } from './shared/msgpackr-records.js';

export const contestant: Contestant = {
  summary: 'msgpackr with records, then zod compiled by z.compile',
  prepare: prepareEach(({ schema }) => {
    const compiled = z.compile(schema);
    return msgpackrWith((value) => compiled.parse(value));
  }),
};
