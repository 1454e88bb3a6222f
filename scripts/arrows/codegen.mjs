// The layers of @doorcall/codegen: which folder of packages/codegen/src may import what.
import { layerViolations } from './layers.mjs';

/** For each layer, the layers that it may import besides itself. */
const allowed = {
  types: [],
  codec: [],
  snapshot: [],
  load: ['types'],
  emit: ['types', 'codec'],
  diff: ['load', 'snapshot'],
};

/** Files that lie directly in src and are of every layer's concern. All others there are entries. */
const common = ['codegen-error.ts', 'config.ts'];

/** Violations as sentences, each beginning with file:line. */
export function codegenViolations(sourceRoot) {
  return layerViolations(sourceRoot, (name, { target }) =>
    target === undefined ? undefined : forbidden(layerOf(name), layerOf(target)),
  );
}

function layerOf(name) {
  if (common.includes(name)) return 'common';
  return name.includes('/') ? name.slice(0, name.indexOf('/')) : 'entry';
}

function forbidden(from, to) {
  if (from === to || from === 'entry' || to === 'common') return undefined;
  if (to === 'entry') return `${from} must not import an entry`;
  if (from === 'common') return `a common file must not import ${to}`;
  const rule = allowed[from];
  if (rule === undefined) return `${from} is no layer; scripts/arrows/codegen.mjs lists them`;
  return rule.includes(to) ? undefined : `${from} must not import ${to}`;
}
