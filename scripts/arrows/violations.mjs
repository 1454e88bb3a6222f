import path from 'node:path';
import { coreViolations } from './core.mjs';
import { cycles } from './cycles.mjs';
import { nativeViolations } from './native.mjs';

/** How many files of a repository were looked at, and every include or import that goes against the layers. */
export function violationsIn(repository) {
  const native = nativeViolations(path.join(repository, 'packages/native/src'));
  const core = coreViolations(path.join(repository, 'packages/core/src'));
  const found = [...native.violations, ...core.violations, ...cycles(native.graph), ...cycles(core.graph)];
  return {
    files: native.graph.size + core.graph.size,
    violations: found.map((violation) => violation.replace(`${repository}/`, '')),
  };
}
