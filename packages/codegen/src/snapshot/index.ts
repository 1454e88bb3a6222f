import type { AnyService } from '@doorcall/core';
import { describe, serviceOf } from '@doorcall/core/contract';
import { formatSnapshot } from './format-snapshot.js';

export { type Contract, formatSnapshot } from './format-snapshot.js';
export { isSnapshot, parseSnapshot } from './parse-snapshot.js';
export { SnapshotError } from './snapshot-error.js';

/** The snapshot of a service's contract: a text to be committed, which {@link parseSnapshot} reads. */
export function snapshotOf(service: AnyService): string {
  return formatSnapshot(describe(service));
}

/** The name of the file that a service's snapshot is kept in. */
export function snapshotFileName(service: AnyService): string {
  return `${serviceOf(service).name}.contract.txt`;
}
