import { expect } from 'vitest';
import { z } from 'zod';
import { ownFd } from '../../src/attach/owned-fd.js';
import type { IncomingAttachments, OutgoingAttachment } from '../../src/codec/attachments.js';
import type { ServiceCodec } from '../../src/codec/codec.js';
import { createMsgpackCodec } from '../../src/codec/msgpack.js';
import { type AttachmentKind, attachmentSymbol } from '../../src/contract/attachments.js';
import { defineService } from '../../src/contract/define-service.js';
import type { StandardSchema } from '../../src/contract/standard-schema.js';
import type { AnyService } from '../../src/contract/types.js';

export const inner = defineService('inner', { say: { input: z.string() } });
/** What arrives in the place of an attachment. */
export const arrived = (kind: AttachmentKind, of?: unknown) => ({ [attachmentSymbol]: kind, of });
export const bytes = (...values: number[]) => Uint8Array.from(values);

export function codecs(schema: StandardSchema): readonly ServiceCodec[] {
  const service = defineService('s', {
    m: { input: schema, output: schema },
    o: { input: schema, oneway: true },
  });
  return [createMsgpackCodec(service, { named: false }), createMsgpackCodec(service, { named: true })];
}

export interface Sent {
  readonly body: Uint8Array;
  readonly attachments: readonly OutgoingAttachment[];
}

export function send(codec: ServiceCodec, value: unknown, what: 'Input' | 'Output' = 'Input'): Sent {
  const { bytes: memory, start, end, attachments = [] } = codec[`encode${what}`](0, value);
  return { body: memory.slice(start, end), attachments };
}

/** Stands for a connection: what was sent arrives, each once, and all of it was asked for. */
export class Beside implements IncomingAttachments {
  readonly asked: number[] = [];
  readonly services: (AnyService | undefined)[] = [];
  constructor(readonly attachments: readonly OutgoingAttachment[]) {}

  at(index: number, kind: AttachmentKind, service: AnyService | undefined): unknown {
    const found = this.attachments[index];
    if (found?.kind !== kind || this.asked.includes(index)) throw new TypeError('no such attachment');
    this.asked.push(index);
    this.services.push(service);
    return arrived(kind, found.value);
  }

  isDoorTo(): boolean {
    return true;
  }
}

export function receive(
  codec: ServiceCodec,
  { body, attachments }: Sent,
  what: 'Input' | 'Output' = 'Input',
) {
  const beside = attachments.length === 0 ? undefined : new Beside(attachments);
  const value = codec[`decode${what}`](0, body, 0, body.length, beside);
  expect(beside?.asked.length ?? 0).toBe(attachments.length);
  return value;
}

/** The value as it arrives, by both codecs and in both directions. */
export function travels(schema: StandardSchema, value: unknown): unknown {
  const results = codecs(schema).flatMap((codec) =>
    (['Input', 'Output'] as const).map((what) => receive(codec, send(codec, value, what), what)),
  );
  for (const each of results) expect(each).toStrictEqual(results[0]);
  return results[0];
}

export const file = ownFd(0);
file.detach();
