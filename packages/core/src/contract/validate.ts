import type { StandardSchema, Validation, Validator } from './standard-schema.js';

/** The validator of a schema; the same one each time. Look it up once, not per call. */
export declare function validatorOf(schema: StandardSchema): Validator;

/** Judges a value by a schema. */
export declare function validate(schema: StandardSchema, value: unknown): Validation | Promise<Validation>;

/** The same, at once. @throws RpcError FAILED_PRECONDITION when the schema can only judge asynchronously. */
export declare function validateSync(schema: StandardSchema, value: unknown): Validation;
