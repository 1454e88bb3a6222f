import { type Contestant, prepareEach } from '../contestant.js';
import { validators } from '../typia/validators.js';
import { jsonWith } from './shared/json-text.js';

/** It keeps unknown keys, where zod drops them, and knows no defaults: as typia is used. */
export const contestant: Contestant = {
  summary: 'JSON, then a function that typia made of the same type when the bench was built',
  prepare: prepareEach((payload, name) => {
    const isValid = validators[name as keyof typeof validators];
    return jsonWith(payload, (value) => {
      if (!isValid(value)) throw new Error('not valid');
      return name === 'login' ? withDefault(value as { remember?: boolean }) : value;
    });
  }),
};

function withDefault(login: { remember?: boolean }) {
  login.remember ??= false;
  return login;
}
