import type { MethodDefinition } from '@doorcall/core';
import type { $ZodType } from 'zod/v4/core';
import { type AttachedSides, describesParts } from './attachments.js';
import { NodeBuilder } from './build.js';
import type { Emitter } from './emit.js';
import { type Diagnostic, type MethodGroup, Node, type Place } from './node.js';
import { wireOf } from './wire.js';

/** What the methods of a service, and its callbacks, are emitted into. */
export interface MethodTarget {
  readonly of: MethodGroup;
  readonly builder: NodeBuilder;
  readonly emitter: Emitter;
  /** The nodes of all messages so far. */
  readonly wires: Node[];
  readonly diagnostics: Diagnostic[];
}

/** Emits the entry of one method after the other. */
export class MethodEmitter {
  constructor(
    private readonly target: MethodTarget,
    private readonly attached: AttachedSides,
  ) {}

  emit(method: MethodDefinition): string {
    const { input, output } = method;
    const parts = [
      ...(input === undefined ? [] : this.#input(method, input)),
      ...(output === undefined ? [] : this.#output(method, output)),
      ...this.#errors(method),
    ];
    return parts.length === 0 ? '{}' : `{ ${parts.join(', ')} }`;
  }

  #input(method: MethodDefinition, schema: unknown): readonly string[] {
    const node = this.#message(method, schema, 'input');
    if (node === undefined) return [];
    const parse = this.target.emitter.parseMessage(node);
    const runsCode = parse.runsCode ? ', runsCode: true' : '';
    const more = `parse: ${parse.name}${runsCode}${this.#attachments(method, 'input')}`;
    return [`input: { ${this.#readAndWrite(node)}, ${more} }`];
  }

  #output(method: MethodDefinition, schema: unknown): readonly string[] {
    const node = this.#message(method, schema, 'output');
    if (node === undefined) return [];
    const functions = this.#readAndWrite(node) + this.#writeValid(method, schema as $ZodType, node);
    return [`output: { ${functions}${this.#attachments(method, 'output')} }`];
  }

  #errors(method: MethodDefinition): readonly string[] {
    const { emitter } = this.target;
    const reasons = Object.entries(method.errors ?? {}).flatMap(([reason, { data }]) => {
      const node = data === undefined ? undefined : this.#node(method, data, reason);
      if (node === undefined) return [];
      this.target.wires.push(node);
      return [`${reason}: { write: ${emitter.write(node)}, read: ${emitter.read(node)} }`];
    });
    return reasons.length === 0 ? [] : [`errors: { ${reasons.join(', ')} }`];
  }

  /** The node of a side, or, where generated code has no place for its attachments, one that has no values. */
  #message(method: MethodDefinition, schema: unknown, side: 'input' | 'output'): Node | undefined {
    const node = this.#node(method, schema, side);
    if (node === undefined) return undefined;
    let message = node;
    if (this.attached.has(method.id, side) && describesParts(node)) {
      message = new Node(node.schema, node.place);
      message.ownCore = { kind: 'never' };
    }
    this.target.wires.push(message);
    return message;
  }

  #node(method: MethodDefinition, schema: unknown, side: string): Node | undefined {
    if (isZod(schema)) {
      return this.target.builder.build(
        schema,
        this.#place(method, side),
        side === 'input' ? 'input' : 'output',
      );
    }
    const { service, name } = method;
    this.target.diagnostics.push({
      severity: 'error',
      service,
      method: name,
      side: sideOf(side),
      path: '',
      reason: 'the schema is not one of zod 4',
      hint: 'generated code needs zod 4; without it the service works through defineService alone',
    });
    return undefined;
  }

  #readAndWrite(node: Node): string {
    const { emitter } = this.target;
    return `write: ${emitter.writeMessage(node)}, read: ${emitter.readMessage(node)}`;
  }

  /** Where a valid result needs no zod, it is validated while it is written. */
  #writeValid(method: MethodDefinition, schema: $ZodType, written: Node): string {
    // What cannot travel has been reported.
    const inputs = new NodeBuilder(() => {});
    const node = inputs.build(schema, this.#place(method, 'output'), 'input');
    const same = JSON.stringify(wireOf([node])) === JSON.stringify(wireOf([written]));
    const text = same ? this.target.emitter.writeValidMessage(node) : undefined;
    return text === undefined ? '' : `, writeValid: ${text}`;
  }

  #attachments({ id }: MethodDefinition, side: 'input' | 'output'): string {
    return this.attached.has(id, side) ? ', attachments: true' : '';
  }

  #place({ name }: MethodDefinition, side: string): Place {
    return { of: this.target.of, method: name, side, steps: [] };
  }
}

/** Of a place's side, which is the reason of an error otherwise. */
export function sideOf(side: string): Diagnostic['side'] {
  return side === 'input' || side === 'output' ? side : 'error';
}

function isZod(schema: unknown): schema is $ZodType {
  return (schema as { _zod?: { def?: unknown } } | undefined)?._zod?.def !== undefined;
}
