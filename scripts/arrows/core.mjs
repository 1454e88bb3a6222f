// The layers of @doorcall/core: which folder of packages/core/src may import what.
import { layerViolations } from './layers.mjs';

/**
 * For each layer, the layers that it may import besides itself. Files that lie directly in src are the entries: they
 * join everything, and nothing imports them but another entry. `transport` is the interface and what every transport
 * shares (the files directly in that folder); each folder below it is one implementation.
 */
const allowed = {
  errors: [],
  contract: ['errors'],
  context: ['errors'],
  observe: ['errors', 'contract'],
  health: ['errors', 'contract'],
  codec: ['errors', 'contract'],
  transport: ['errors', 'contract'],
  'transport/*': ['errors', 'contract', 'observe', 'transport'],
  stream: ['errors', 'contract', 'context', 'observe', 'codec', 'transport'],
  attach: ['errors', 'contract', 'observe', 'codec', 'transport'],
  client: ['errors', 'contract', 'context', 'observe', 'health', 'codec', 'transport', 'stream', 'attach'],
  server: ['errors', 'contract', 'context', 'observe', 'health', 'codec', 'transport', 'stream', 'attach'],
};

const addon = '@doorcall/native';
const ownerOfTheAddon = 'transport/shm';

/** Violations as sentences, each beginning with file:line. */
export function coreViolations(sourceRoot) {
  return layerViolations(sourceRoot, (name, { specifier, target }) => {
    const layer = layerOf(name);
    if (specifier === addon || specifier.startsWith(`${addon}/`)) {
      return layer === ownerOfTheAddon ? undefined : `only ${ownerOfTheAddon} may import ${addon}`;
    }
    return target === undefined ? undefined : forbidden(layer, layerOf(target));
  });
}

function layerOf(name) {
  const folders = name.split('/').slice(0, -1);
  if (folders.length === 0) return 'entry';
  return folders[0] === 'transport' && folders.length > 1 ? `transport/${folders[1]}` : folders[0];
}

function forbidden(from, to) {
  if (from === to || from === 'entry') return undefined;
  if (to === 'entry') return `${from} must not import an entry`;
  const rule = allowed[from] ?? (from.startsWith('transport/') ? allowed['transport/*'] : undefined);
  if (rule === undefined) return `${from} is no layer; scripts/arrows/core.mjs lists them`;
  return rule.includes(to) ? undefined : `${from} must not import ${to}`;
}
