import path from 'node:path';
import { codegenViolations } from './codegen.mjs';
import { coreViolations } from './core.mjs';
import { cycles } from './cycles.mjs';
import { loadViolations } from './load.mjs';
import { nativeViolations } from './native.mjs';

/** How many files of a repository were looked at, and every include or import that goes against the layers. */
export function violationsIn(repository) {
  const native = nativeViolations(path.join(repository, 'packages/native/src'));
  const core = coreViolations(path.join(repository, 'packages/core/src'));
  const codegen = codegenViolations(path.join(repository, 'packages/codegen/src'));
  const load = loadViolations(path.join(repository, 'packages/load/src'));
  const parts = [native, core, codegen, load];
  const found = parts.flatMap(({ violations, graph }) => [...violations, ...cycles(graph)]);
  return {
    files: parts.reduce((sum, { graph }) => sum + graph.size, 0),
    violations: found.map((violation) => violation.replace(`${repository}/`, '')),
  };
}
