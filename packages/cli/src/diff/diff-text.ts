import { type Affected, CHANGE_KINDS, type Change } from '@doorcall/codegen';

const WHO: Readonly<Record<Affected, string>> = {
  'old-client': 'old client × new server',
  'old-server': 'new client × old server',
  'client-code': 'client code',
};

/** Changes for people: the worst class first, each change with its place in the schema, whom it breaks and why. */
export function diffText(old: string, next: string, changes: readonly Change[]): string {
  const head = `${old} → ${next}`;
  if (changes.length === 0) return `${head}\n\nno change`;
  const groups = CHANGE_KINDS.map((kind) => ({ kind, of: changes.filter((change) => change.kind === kind) }))
    .filter(({ of }) => of.length > 0)
    .map(({ kind, of }) => `${kind} (${of.length})\n${of.map(changeText).join('\n')}`);
  return [head, ...groups].join('\n\n');
}

function changeText(change: Change): string {
  const lines = change.breaks.map(({ who, why }) => `      ${WHO[who]}: ${why}`);
  return [`  ${placeOf(change)}: ${change.message}`, ...lines].join('\n');
}

/** `orders.place input items[].sku` */
function placeOf({ service, method, side, reason, path }: Change): string {
  const whose = method === undefined ? service : `${service}.${method}`;
  return [whose, side, reason, path].filter((part) => part !== undefined && part !== '').join(' ');
}
