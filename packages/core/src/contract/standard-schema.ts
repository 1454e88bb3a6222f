import type { Issue } from '../errors/issue.js';
import { RpcError } from '../errors/rpc-error.js';

/**
 * The part of the Standard Schema interface (https://standardschema.dev, version 1) that doorcall uses. Schemas
 * of zod 4, valibot, arktype and others fit it.
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    /** Judges a value, at once or later. */
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

/** What a Standard Schema answers: a value, or issues. */
export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

/** An issue in a Standard Schema's form. */
export interface StandardIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** What goes into a schema (zod: `z.input`). */
export type SchemaInput<Schema extends StandardSchema> = NonNullable<Schema['~standard']['types']>['input'];

/** What comes out of a schema (zod: `z.output`). */
export type SchemaOutput<Schema extends StandardSchema> = NonNullable<Schema['~standard']['types']>['output'];

/** A judged value: `issues` is undefined exactly when it is valid. */
export type Validation =
  | { readonly value: unknown; readonly issues?: undefined; readonly failure?: undefined }
  | {
      readonly issues: readonly Issue[];
      /** The schema threw instead of judging. What it threw is for logs only. */
      readonly failure?: { readonly thrown: unknown } | undefined;
    };

/** Judges values by one schema; made once per schema by `validatorOf`. */
export interface Validator {
  /** Answers at once where the schema can, else later. Never throws or rejects, whatever the schema does. */
  validate(value: unknown): Validation | Promise<Validation>;
  /** @throws RpcError FAILED_PRECONDITION when the schema can only judge asynchronously. */
  validateSync(value: unknown): Validation;
}

/** Whether a value is a schema of any library. */
export function isStandardSchema(value: unknown): value is StandardSchema {
  // Some libraries' schemas are functions.
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  const standard = (value as Partial<StandardSchema>)['~standard'];
  return standard?.version === 1 && typeof standard.validate === 'function';
}

/** A peer that sends nothing but wrong values must not get a larger answer for it than it can use. */
const MAX_ISSUES = 100;

/** Issues of a schema library in our form: the first {@link MAX_ISSUES} of them. */
export function toIssues(issues: readonly StandardIssue[]): readonly Issue[] {
  return issues.slice(0, MAX_ISSUES).map(({ message, path = [] }) => ({
    message,
    path: path.map((part) => {
      const key = typeof part === 'object' ? part.key : part;
      return typeof key === 'number' ? key : String(key);
    }),
  }));
}

const TOO_DEEP: Issue = { path: [], message: 'is nested too deeply to be validated' };
const UNJUDGED: Issue = { path: [], message: 'could not be judged: its schema failed' };

/** What becomes of an exception of a schema. */
export function schemaThrew(thrown: unknown): Validation {
  // The only one that is the value's fault: the stack is full.
  if (thrown instanceof RangeError) return { issues: [TOO_DEEP] };
  return { issues: [UNJUDGED], failure: { thrown } };
}

/** What a synchronous validation of an asynchronous schema throws. */
export function needsAsync(): RpcError {
  return new RpcError(
    'FAILED_PRECONDITION',
    'the schema validates asynchronously, which a synchronous call cannot wait for',
  );
}
