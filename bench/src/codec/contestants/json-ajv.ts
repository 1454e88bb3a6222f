import { Ajv } from 'ajv';
import { z } from 'zod';
import { type Contestant, prepareEach } from '../contestant.js';
import { jsonSchemaOf, jsonWith } from './shared/json-text.js';

/**
 * The JSON schemas are zod's own. Formats come with the pattern that zod checks them by; Ajv would have others. It
 * keeps unknown keys, where zod drops them: as Ajv is used.
 */
export const contestant: Contestant = {
  summary: 'JSON, then Ajv by the same schema as JSON Schema',
  prepare: prepareEach((payload) => {
    const ajv = new Ajv({ useDefaults: true, validateFormats: false });
    const validate = ajv.compile(z.toJSONSchema(jsonSchemaOf(payload), { target: 'draft-7', io: 'input' }));
    return jsonWith(payload, (value) => {
      if (!validate(value)) throw new Error(ajv.errorsText(validate.errors));
      return value;
    });
  }),
};
