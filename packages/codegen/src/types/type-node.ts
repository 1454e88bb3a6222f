/** TypeScript types as data, so that they can be looked into before they are printed. */
export type TypeNode =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'name'; readonly declaration: Declaration }
  | { readonly kind: 'union'; readonly members: readonly TypeNode[] }
  | { readonly kind: 'intersection'; readonly members: readonly TypeNode[] }
  | { readonly kind: 'object'; readonly members: readonly Member[] }
  | { readonly kind: 'array'; readonly element: TypeNode; readonly readonly: boolean }
  | {
      readonly kind: 'tuple';
      readonly items: readonly TypeNode[];
      /** Items from here on may be left out. */
      readonly required: number;
      readonly rest: TypeNode | undefined;
      readonly readonly: boolean;
    }
  | { readonly kind: 'generic'; readonly name: string; readonly arguments: readonly TypeNode[] }
  | { readonly kind: 'template'; readonly parts: readonly (string | TypeNode)[] };

/** A property or an index signature of an object type. */
export interface Member {
  /** A property's name, or the type of an index signature's key. */
  readonly key: string | TypeNode;
  readonly type: TypeNode;
  readonly optional?: boolean;
  readonly readonly?: boolean;
  /** Lines of its documentation. */
  readonly docs?: readonly string[];
}

/** A type with a name of its own. */
export interface Declaration {
  readonly name: string;
  readonly docs: readonly string[];
  /** Known when all of it was seen; a recursive type names itself before. */
  type: TypeNode;
}

export const text = (value: string): TypeNode => ({ kind: 'text', text: value });
export const generic = (name: string, ...types: readonly TypeNode[]): TypeNode => ({
  kind: 'generic',
  name,
  arguments: types,
});
export const NEVER = text('never');
export const UNDEFINED = text('undefined');
export const NULL = text('null');

/** A union, flat and without repetitions. */
export function union(members: readonly TypeNode[]): TypeNode {
  const seen = new Set<string>();
  const flat = members
    .flatMap((member) => (member.kind === 'union' ? member.members : [member]))
    .filter((member) => {
      const key = leafKey(member);
      if (key === 'never') return false;
      if (key === undefined) return true;
      if (seen.has(key)) return false;
      seen.add(key);
      return true;
    });
  if (flat.length === 0) return NEVER;
  return flat.length === 1 ? (flat[0] as TypeNode) : { kind: 'union', members: flat };
}

function leafKey(node: TypeNode): string | undefined {
  if (node.kind === 'text') return node.text;
  return node.kind === 'name' ? `name ${node.declaration.name}` : undefined;
}

/** zod's `NoUndefined`. */
export function withoutUndefined(node: TypeNode): TypeNode {
  switch (node.kind) {
    case 'text':
      return node.text === 'undefined' ? NEVER : node;
    case 'union':
      return union(node.members.map(withoutUndefined));
    case 'name':
    case 'intersection':
      return hasNoUndefined(node) ? node : generic('Exclude', node, UNDEFINED);
    default:
      return node;
  }
}

/** Whether that can be seen; of a type that is still being written it cannot. */
function hasNoUndefined(node: TypeNode): boolean {
  switch (node.kind) {
    case 'text':
      // A literal, or one of the types that are written as a word.
      return /^['\d-]|^(?:string|number|bigint|boolean|null|true|false|Date)$/.test(node.text);
    case 'union':
      return node.members.every(hasNoUndefined);
    case 'intersection':
      return node.members.some(hasNoUndefined);
    case 'name':
      return hasNoUndefined(node.declaration.type);
    case 'generic':
      return node.name !== 'Exclude';
    default:
      return true;
  }
}

/** zod's `MakeReadonly`; of a type that is no `any`. */
export function madeReadonly(node: TypeNode): TypeNode {
  switch (node.kind) {
    case 'text':
      // Instances of classes stay what they are, and literals are no objects.
      return node.text === 'unknown' ? generic('Readonly', node) : node;
    case 'template':
      return node;
    case 'union':
      return union(node.members.map(madeReadonly));
    case 'array':
      return { ...node, readonly: true };
    case 'tuple':
      return readonlyTuple(node);
    case 'object':
      return { kind: 'object', members: node.members.map((member) => ({ ...member, readonly: true })) };
    case 'generic':
      if (node.name === 'Map' || node.name === 'Set') return { ...node, name: `Readonly${node.name}` };
      return node.name === 'InstanceType' || node.name.startsWith('Readonly')
        ? node
        : generic('Readonly', node);
    default:
      return generic('Readonly', node);
  }
}

/** Only a tuple that has a first item for certain remains a tuple: zod looks for `[infer Head, ...infer Tail]`. */
function readonlyTuple(node: Extract<TypeNode, { kind: 'tuple' }>): TypeNode {
  if (node.required > 0) return { ...node, readonly: true };
  const rest = node.rest === undefined ? [] : [node.rest];
  return { kind: 'array', element: union([...node.items, ...rest]), readonly: true };
}

/** Whether zod's `MakeReadonly` of a type is TypeScript's `Readonly` of it. */
export function isMapped(node: TypeNode): boolean {
  switch (node.kind) {
    case 'union':
      return node.members.every(isMapped);
    case 'text':
      return node.text !== 'Date' && node.text !== 'any';
    case 'tuple':
      return node.required > 0;
    case 'generic':
      return node.name === 'Record' || node.name === 'Partial';
    case 'name':
      return isMapped(node.declaration.type);
    default:
      return true;
  }
}
