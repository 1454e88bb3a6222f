import type { $ZodType } from 'zod/v4/core';
import {
  needsAsync,
  type StandardIssue,
  schemaThrew,
  toIssues,
  type Validation,
  type Validator,
} from './standard-schema.js';
import { type Manner, PromiseReturned, runLater, runWatched, watchCode } from './zod-code.js';
import { loadCompiler, withCompiler } from './zod-compiler.js';

/** A schema judged so many values is worth compiling, which takes about as long as some hundred validations. */
const HOT = 32;

/** What zod's schemas (not those made by `zod/v4/core` alone) have. */
interface Parsers {
  readonly safeParse: (value: unknown) => ParseResult;
  readonly safeParseAsync: (value: unknown) => Promise<ParseResult>;
}
type ParseResult =
  | { readonly success: true; readonly data: unknown }
  | { readonly success: false; readonly error: { readonly issues: readonly StandardIssue[] } };

/** Whether a schema brings the functions that {@link ZodValidator} calls. */
export function hasParsers(schema: $ZodType): schema is $ZodType & Parsers {
  const { safeParse, safeParseAsync } = schema as Partial<Parsers>;
  return typeof safeParse === 'function' && typeof safeParseAsync === 'function';
}

/**
 * Judges by a zod schema, compiled once it is hot: that takes a tenth of the time. When the compiled code refuses
 * a value, zod parses it again to word the issues, so code of the contract may run twice for a refused value. It
 * runs once for an accepted one, but for the first that shows that the schema is asynchronous.
 */
export class ZodValidator implements Validator {
  #parse: Parsers['safeParse'];
  #calls = 0;
  #manner: Manner = 'asynchronous';

  constructor(private readonly schema: $ZodType & Parsers) {
    this.#parse = schema.safeParse;
    void loadCompiler();
  }

  validate(value: unknown): Validation | Promise<Validation> {
    return this.#judge(value) ?? this.#judgeLater(value);
  }

  validateSync(value: unknown): Validation {
    const judged = this.#judge(value);
    if (judged === undefined) throw needsAsync();
    return judged;
  }

  async #judgeLater(value: unknown): Promise<Validation> {
    try {
      return toValidation(await runLater((each) => this.schema.safeParseAsync(each), value));
    } catch (thrown) {
      return schemaThrew(thrown);
    }
  }

  /** @returns undefined when the schema can only judge asynchronously. */
  #judge(value: unknown): Validation | undefined {
    if (this.#calls < HOT) this.#warm();
    if (this.#manner === 'asynchronous') return undefined;
    try {
      return toValidation(runWatched(this.#parse, value));
    } catch (error) {
      if (!(error instanceof PromiseReturned || isAsyncRefusal(error))) return schemaThrew(error);
      this.#manner = 'asynchronous';
      return undefined;
    }
  }

  #warm(): void {
    this.#calls += 1;
    // Not before: a lazy part may name a schema that is defined further down in its module.
    if (this.#calls === 1) this.#manner = watchCode(this.schema);
    if (this.#calls === HOT && this.#manner === 'any') this.#compile();
  }

  #compile(): void {
    withCompiler((compile) => {
      const compiled = compile(this.schema);
      if (hasParsers(compiled)) this.#parse = compiled.safeParse;
    });
  }
}

function toValidation(result: ParseResult): Validation {
  return result.success ? { value: result.data } : { issues: toIssues(result.error.issues) };
}

/** zod's error for "there is a promise in this". It is told by its message, because the class is not exported to us. */
function isAsyncRefusal(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('Encountered Promise during synchronous parse');
}
