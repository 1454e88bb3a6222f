import { createHash } from 'node:crypto';
import type { AnyService, MethodDefinition } from '@doorcall/core';
import { serviceOf } from '@doorcall/core/contract';
import { FORMAT } from '@doorcall/core/generated';
import type { $ZodType } from 'zod/v4/core';
import { NodeBuilder } from './build.js';
import { Emitter } from './emit.js';
import type { Diagnostic, MethodGroup, Node, Place } from './node.js';
import { schemaPath } from './path.js';
import type { EmitOptions } from './program.js';
import { wireOf } from './wire.js';

export type { Diagnostic } from './node.js';
export type { EmitOptions } from './program.js';

/** The codec of a service as source text. */
export interface EmittedCodec {
  /** Statements that define the functions. */
  readonly code: string;
  /** Values of '@doorcall/core/generated' that it uses, sorted. */
  readonly imports: readonly string[];
  /** Types of '@doorcall/core/generated' that it uses, sorted. */
  readonly typeImports: readonly string[];
  /** An array with an entry for each method, in the order of their ids. */
  readonly methods: string;
  /** The same of the callbacks, where the service has any. */
  readonly callbacks?: string;
  /** 16 hex digits: codecs with equal ones write the same bytes. */
  readonly hash: string;
  readonly diagnostics: readonly Diagnostic[];
}

const TYPES = new Set(['Reader', 'Writer']);

/** Emits the codec of a service. What cannot travel is a diagnostic, and an error when it is called. */
export function emitCodec(service: AnyService, options: EmitOptions): EmittedCodec {
  const { name, methods, callbacks } = serviceOf(service);
  const callbackService = callbacks === undefined ? undefined : serviceOf(callbacks);
  const names = { methods: name, callbacks: callbackService?.name ?? '' };
  const diagnostics: Diagnostic[] = [];
  const builder = new NodeBuilder(({ of, method, side, steps }, reason, hint) => {
    const path = schemaPath(steps);
    diagnostics.push({
      severity: 'error',
      service: names[of],
      method,
      side: sideOf(side),
      path,
      reason,
      hint,
    });
  });
  const emitter = new Emitter(options);
  const wires: unknown[] = [];
  const entries = (of: MethodGroup, group: readonly MethodDefinition[]): string => {
    const lines = group.map((method) => `  ${emitMethod(method, of, builder, emitter, wires, diagnostics)},`);
    return `[\n${lines.join('\n')}\n]`;
  };
  const methodEntries = entries('methods', methods);
  const callbackEntries = callbackService && entries('callbacks', callbackService.methods);
  const text = JSON.stringify([FORMAT, wireOf(wires as Node[])]);
  const used = [...emitter.used].sort();
  return {
    code: emitter.code,
    imports: used.filter((each) => !TYPES.has(each)),
    typeImports: used.filter((each) => TYPES.has(each)),
    methods: methodEntries,
    ...(callbackEntries !== undefined && { callbacks: callbackEntries }),
    hash: createHash('sha256').update(text).digest('hex').slice(0, 16),
    diagnostics,
  };
}

/** Of a place's side, which is the reason of an error otherwise. */
function sideOf(side: string): Diagnostic['side'] {
  return side === 'input' || side === 'output' ? side : 'error';
}

function emitMethod(
  method: MethodDefinition,
  of: MethodGroup,
  builder: NodeBuilder,
  emitter: Emitter,
  wires: unknown[],
  diagnostics: Diagnostic[],
): string {
  const { service, name, input, output, errors } = method;
  const parts: string[] = [];
  const nodeOf = (schema: unknown, side: string): Node | undefined => {
    if (isZod(schema)) {
      const node = builder.build(
        schema,
        { of, method: name, side, steps: [] },
        side === 'input' ? 'input' : 'output',
      );
      wires.push(node);
      return node;
    }
    diagnostics.push({
      severity: 'error',
      service,
      method: name,
      side: sideOf(side),
      path: '',
      reason: 'the schema is not one of zod 4',
      hint: 'generated code needs zod 4; without it the service works through defineService alone',
    });
    return undefined;
  };
  const message = (node: Node) => `write: ${emitter.writeMessage(node)}, read: ${emitter.readMessage(node)}`;
  /** Where a valid result needs no zod, it is validated while it is written. */
  const writeValid = (schema: $ZodType, written: Node) => {
    // What cannot travel has been reported.
    const inputs = new NodeBuilder(() => {});
    const node = inputs.build(schema, { of, method: name, side: 'output', steps: [] }, 'input');
    const same = JSON.stringify(wireOf([node])) === JSON.stringify(wireOf([written]));
    const text = same ? emitter.writeValidMessage(node) : undefined;
    return text === undefined ? '' : `, writeValid: ${text}`;
  };
  if (input !== undefined) {
    const node = nodeOf(input, 'input');
    if (node !== undefined) {
      const parse = emitter.parseMessage(node);
      parts.push(
        `input: { ${message(node)}, parse: ${parse.name}${parse.runsCode ? ', runsCode: true' : ''} }`,
      );
    }
  }
  if (output !== undefined) {
    const node = nodeOf(output, 'output');
    if (node !== undefined) parts.push(`output: { ${message(node)}${writeValid(output as $ZodType, node)} }`);
  }
  const reasons = Object.entries(errors ?? {}).flatMap(([reason, { data }]) => {
    const node = data === undefined ? undefined : nodeOf(data, reason);
    return node === undefined
      ? []
      : [`${reason}: { write: ${emitter.write(node)}, read: ${emitter.read(node)} }`];
  });
  if (reasons.length > 0) parts.push(`errors: { ${reasons.join(', ')} }`);
  return parts.length === 0 ? '{}' : `{ ${parts.join(', ')} }`;
}

function isZod(schema: unknown): schema is $ZodType {
  return (schema as { _zod?: { def?: unknown } } | undefined)?._zod?.def !== undefined;
}

export type { Place };
