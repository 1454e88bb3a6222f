// @doorcall/load makes calls without knowing of whom: packages/load/src imports nothing of doorcall's.
import { layerViolations } from './layers.mjs';

/** Violations as sentences, each beginning with file:line. */
export function loadViolations(sourceRoot) {
  return layerViolations(sourceRoot, (_, { specifier }) =>
    specifier.startsWith('@doorcall/') ? `load must not import ${specifier}` : undefined,
  );
}
