import { createHash } from 'node:crypto';
import type { AnyService } from '@doorcall/core';
import { callbacksName, serviceOf } from '@doorcall/core/contract';
import { FORMAT } from '@doorcall/core/generated';
import { AttachedSides } from './attachments.js';
import { NodeBuilder } from './build.js';
import { Emitter } from './emit.js';
import { MethodEmitter, sideOf } from './emit-method.js';
import type { Diagnostic, MethodGroup, Node } from './node.js';
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
  const { name, callbacks } = serviceOf(service);
  const names = { methods: name, callbacks: callbacksName(name) };
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
  const wires: Node[] = [];
  const entries = (of: MethodGroup, group: AnyService): string => {
    const each = new MethodEmitter({ of, builder, emitter, wires, diagnostics }, new AttachedSides(group));
    const lines = serviceOf(group).methods.map((method) => `  ${each.emit(method)},`);
    return `[\n${lines.join('\n')}\n]`;
  };
  const methodEntries = entries('methods', service);
  const callbackEntries = callbacks && entries('callbacks', callbacks);
  const text = JSON.stringify([FORMAT, wireOf(wires)]);
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
