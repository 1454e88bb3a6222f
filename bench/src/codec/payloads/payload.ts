/** What the codec benchmark sends: one file a payload, each with a schema as a contract would have it. */
import type { z } from 'zod';

export interface Payload {
  /** One line for `--help`. */
  readonly summary: string;
  readonly schema: z.ZodType;
  /**
   * {@link variantCount} values of equal kind and different content, so that neither the compiler nor a cache can
   * profit from seeing the same value again.
   */
  readonly variants: readonly unknown[];
  /** Right in structure, refused by a check of the schema: a contestant that lets it pass does less work. */
  readonly invalid: unknown;
  /** How the value goes through JSON, for payloads with values that JSON has not. */
  readonly json?: JsonForm;
}

/** What users of JSON write by hand around `JSON.stringify` and their validator. */
export interface JsonForm {
  /** What the validator checks after `JSON.parse`. */
  readonly schema: z.ZodType;
  toJson(value: unknown): unknown;
  /** @param checked what the validator let pass; it may be changed and returned */
  fromJson(checked: unknown): unknown;
}

export const variantCount = 16;

/** Keeps schema, values and JSON form of one type while they are written down. */
export function definePayload<Schema extends z.ZodType, Json extends z.ZodType = Schema>(definition: {
  summary: string;
  schema: Schema;
  variant(index: number): z.input<Schema>;
  invalid(valid: z.input<Schema>): z.input<Schema>;
  json?: {
    schema: Json;
    toJson(value: z.input<Schema>): z.input<Json>;
    fromJson(checked: z.output<Json>): z.output<Schema>;
  };
}): Payload {
  const { summary, schema, json } = definition;
  const variants = Array.from({ length: variantCount }, (_, i) => definition.variant(i));
  const invalid = definition.invalid(definition.variant(0));
  return { summary, schema, variants, invalid, ...(json && { json: json as unknown as JsonForm }) };
}
