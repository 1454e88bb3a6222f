import { type AnyService, defineService } from '@doorcall/core';
import type { ServiceCodec } from '@doorcall/core/generated';
import { z } from 'zod';
import { compileCodec } from '../../../src/codec/compile.js';

/** A schema under test, and the codec that was generated for a method whose input, output and error data it is. */
export interface Subject {
  /** The schema's source text. */
  readonly text: string;
  readonly schema: z.ZodType;
  readonly codec: ServiceCodec;
}

/** The reason of the method's declared error. */
export const REASON = 'REASON';

export function serviceOfSchema(schema: z.ZodType): AnyService {
  return defineService('parity', {
    method: { input: schema, output: schema, errors: { [REASON]: { code: 'ABORTED', data: schema } } },
  });
}

/** @throws whatever the generator throws: a schema of these tests is one that can travel */
export function subjectOf(schema: z.ZodType, text: string): Subject {
  return { text, schema, codec: compileCodec(serviceOfSchema(schema)) };
}

/** The schema that a source text stands for; undefined where zod itself refuses to build it. */
export function schemaOf(text: string): z.ZodType | undefined {
  try {
    return new Function('z', `'use strict'; return (${text});`)(z) as z.ZodType;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof ReferenceError) throw error;
    return undefined;
  }
}
