import { type Contestant, prepareEach } from '../contestant.js';
import { msgpackrWith } from './shared/msgpackr-records.js';

export const contestant: Contestant = {
  summary: 'msgpackr with records, then zod',
  prepare: prepareEach(({ schema }) => msgpackrWith((value) => schema.parse(value))),
};
