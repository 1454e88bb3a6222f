import type { AnyService, MethodKind } from './types.js';

/** Canonical form of a schema: JSON with sorted keys. */
export type Shape = null | boolean | number | string | readonly Shape[] | { readonly [key: string]: Shape };

/** One method of a descriptor. */
export interface MethodDescriptor {
  readonly name: string;
  readonly id: number;
  readonly kind: MethodKind;
  readonly input: Shape;
  readonly output: Shape;
  readonly errors: { readonly [reason: string]: { readonly code: string; readonly data: Shape } };
}

/** A contract as the other side sees it. */
export interface ServiceDescriptor {
  readonly service: string;
  /** 32 hex digits. */
  readonly fingerprint: string;
  readonly methods: readonly MethodDescriptor[];
}

/** Describes a service; computed once per service. */
export declare function describe(service: AnyService): ServiceDescriptor;

/** A descriptor as JSON, at most 48 KiB: beyond it shapes are replaced by their hashes. */
export declare function serializeDescriptor(descriptor: ServiceDescriptor): string;

/** Reads what {@link serializeDescriptor} of another process wrote. @throws RpcError when it is not one. */
export declare function parseDescriptor(json: string): ServiceDescriptor;
