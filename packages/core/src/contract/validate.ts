import { judgeSending } from './attachments.js';
import {
  needsAsync,
  type StandardResult,
  type StandardSchema,
  schemaThrew,
  toIssues,
  type Validation,
  type Validator,
} from './standard-schema.js';
import { watchCode } from './zod-code.js';
import { isZodSchema } from './zod-shape.js';
import { hasParsers, ZodValidator } from './zod-validator.js';

const validators = new WeakMap<StandardSchema, Validator>();

/** The validator of a schema; the same one each time. Look it up once, not per call. */
export function validatorOf(schema: StandardSchema): Validator {
  let validator = validators.get(schema);
  if (validator === undefined) {
    validator =
      isZodSchema(schema) && hasParsers(schema) ? new ZodValidator(schema) : new StandardValidator(schema);
    validators.set(schema, validator);
  }
  return validator;
}

/** The validator for values that this side is about to send: where attachments belong, what becomes one is valid. */
export function sendingValidatorOf(schema: StandardSchema): Validator {
  const validator = validatorOf(schema);
  return {
    validate: (value) => judgeSending((each) => validator.validate(each), value),
    validateSync: (value) => judgeSending((each) => validator.validateSync(each), value),
  };
}

/** Judges a value by a schema. */
export function validate(schema: StandardSchema, value: unknown): Validation | Promise<Validation> {
  return validatorOf(schema).validate(value);
}

/** The same, at once. @throws RpcError FAILED_PRECONDITION when the schema can only judge asynchronously. */
export function validateSync(schema: StandardSchema, value: unknown): Validation {
  return validatorOf(schema).validateSync(value);
}

/** Judges by the interface that schemas of all libraries have. */
class StandardValidator implements Validator {
  #watched = false;

  constructor(private readonly schema: StandardSchema) {}

  validate(value: unknown): Validation | Promise<Validation> {
    if (!this.#watched) this.#watch();
    try {
      const result = this.schema['~standard'].validate(value);
      return result instanceof Promise ? result.then(toValidation).catch(schemaThrew) : toValidation(result);
    } catch (thrown) {
      return schemaThrew(thrown);
    }
  }

  validateSync(value: unknown): Validation {
    const judged = this.validate(value);
    // Nobody will look at it any more; it does not reject.
    if (judged instanceof Promise) throw needsAsync();
    return judged;
  }

  /** A schema of zod's core alone tries to be synchronous by itself, and forgets the promises it meets. */
  #watch(): void {
    this.#watched = true;
    if (isZodSchema(this.schema)) watchCode(this.schema);
  }
}

function toValidation(result: StandardResult<unknown>): Validation {
  return result.issues === undefined ? result : { issues: toIssues(result.issues) };
}
