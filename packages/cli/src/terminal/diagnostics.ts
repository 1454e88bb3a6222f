import type { FileDiagnostic } from '@doorcall/codegen';
import { shortPath } from './paths.js';

/** A diagnostic for people: where, what, and what to do about it. */
export function diagnosticText(diagnostic: FileDiagnostic): string {
  const { file, severity, service, method, side, path, reason, hint } = diagnostic;
  const place = path === '' ? side : `${side} ${path}`;
  return `${shortPath(file)}: ${severity}: ${service}.${method}, ${place}: ${reason}\n  ${hint}`;
}
