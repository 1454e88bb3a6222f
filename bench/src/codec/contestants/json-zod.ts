import { type Contestant, prepareEach } from '../contestant.js';
import { jsonSchemaOf, jsonWith } from './shared/json-text.js';

export const contestant: Contestant = {
  summary: 'JSON, then zod',
  prepare: prepareEach((payload) => {
    const schema = jsonSchemaOf(payload);
    return jsonWith(payload, (value) => schema.parse(value));
  }),
};
