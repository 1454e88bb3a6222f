import { propertyName } from './identifiers.js';
import type { Declaration, Member, TypeNode } from './type-node.js';

const LINE = 100;

/** A declaration with its documentation, ending in a line break. */
export function printDeclaration(declaration: Declaration): string {
  const { name, docs, type } = declaration;
  const head = `export type ${name} =`;
  return `${printDocs(docs, '')}${after(head, printType(type, '', head.length + 1))};\n`;
}

/** Documentation as it stands before what it documents; empty for no lines. */
export function printDocs(lines: readonly string[], indent: string): string {
  const safe = lines.map((line) => line.replaceAll('*/', '*\\/').trimEnd());
  if (safe.length === 0) return '';
  if (safe.length === 1) return `${indent}/** ${safe[0]} */\n`;
  const body = safe.map((line) => `${indent} *${line === '' ? '' : ` ${line}`}\n`).join('');
  return `${indent}/**\n${body}${indent} */\n`;
}

/**
 * A type as text.
 *
 * @param indent of the line that it begins on
 * @param used columns of that line that are taken already
 */
export function printType(node: TypeNode, indent = '', used = indent.length): string {
  const flat = printFlat(node);
  if (flat !== undefined && used + flat.length <= LINE) return flat;
  return printBroken(node, `${indent}  `, indent);
}

/** A union over several lines begins on a new one. */
function after(head: string, type: string): string {
  return type.startsWith('\n') ? head + type : `${head} ${type}`;
}

/** On one line; undefined when something in it is documented. */
function printFlat(node: TypeNode): string | undefined {
  switch (node.kind) {
    case 'text':
      return node.text;
    case 'name':
      return node.declaration.name;
    case 'union':
      return joined(
        node.members.map((member) => operand(member, 'union', printFlat)),
        ' | ',
      );
    case 'intersection':
      return joined(
        node.members.map((member) => operand(member, 'intersection', printFlat)),
        ' & ',
      );
    case 'object': {
      if (node.members.length === 0) return '{}';
      const members = joined(node.members.map(flatMember), '; ');
      return members === undefined ? undefined : `{ ${members} }`;
    }
    case 'array': {
      const element = operand(node.element, 'array', printFlat);
      return element === undefined ? undefined : `${node.readonly ? 'readonly ' : ''}${element}[]`;
    }
    case 'tuple': {
      const items = joined(tupleItems(node, printFlat), ', ');
      return items === undefined ? undefined : `${node.readonly ? 'readonly ' : ''}[${items}]`;
    }
    case 'generic': {
      const types = joined(node.arguments.map(printFlat), ', ');
      return types === undefined ? undefined : `${node.name}<${types}>`;
    }
    case 'template':
      return templateText(node.parts);
  }
}

function flatMember(member: Member): string | undefined {
  if ((member.docs ?? []).length > 0) return undefined;
  const type = printFlat(member.type);
  return type === undefined ? undefined : `${memberHead(member)}${type}`;
}

/** Over several lines. */
function printBroken(node: TypeNode, inner: string, outer: string): string {
  const nested = (each: TypeNode): string => printType(each, inner);
  switch (node.kind) {
    case 'union':
      return node.members.map((each) => `\n${inner}| ${operand(each, 'union', nested)}`).join('');
    case 'intersection':
      return node.members
        .map((each) => operand(each, 'intersection', (type) => printType(type, outer)))
        .join(' & ');
    case 'object':
      return `{\n${node.members.map((member) => brokenMember(member, inner)).join('')}${outer}}`;
    case 'array':
      return `${node.readonly ? 'readonly ' : ''}${operand(node.element, 'array', (type) => printType(type, outer))}[]`;
    case 'tuple': {
      const items = tupleItems(node, nested).map((item) => `${inner}${item},\n`);
      return `${node.readonly ? 'readonly ' : ''}[\n${items.join('')}${outer}]`;
    }
    case 'generic':
      return `${node.name}<${node.arguments.map((type) => printType(type, outer)).join(', ')}>`;
    default:
      return printFlat(node) as string;
  }
}

function brokenMember(member: Member, indent: string): string {
  const head = `${indent}${memberHead(member)}`.trimEnd();
  return `${printDocs(member.docs ?? [], indent)}${after(head, printType(member.type, indent, head.length + 1))};\n`;
}

function memberHead({ key, optional, readonly }: Member): string {
  const name = typeof key === 'string' ? propertyName(key) : `[key: ${printFlat(key)}]`;
  return `${readonly ? 'readonly ' : ''}${name}${optional ? '?' : ''}: `;
}

/** Parentheses where an operator inside binds more loosely than the one outside. */
function operand<Text extends string | undefined>(
  node: TypeNode,
  within: 'union' | 'intersection' | 'array',
  print: (node: TypeNode) => Text,
): Text | string {
  const printed = print(node);
  if (printed === undefined) return printed;
  const loose =
    node.kind === 'union'
      ? within !== 'union'
      : within === 'array' &&
        (node.kind === 'intersection' || ((node.kind === 'array' || node.kind === 'tuple') && node.readonly));
  return loose ? `(${printed})` : printed;
}

function tupleItems<Text extends string | undefined>(
  { items, required, rest }: Extract<TypeNode, { kind: 'tuple' }>,
  print: (node: TypeNode) => Text,
): (Text | string)[] {
  const printed = items.map((item, i): Text | string => {
    if (i < required) return print(item);
    const inner = operand(item, 'array', print);
    return inner === undefined ? inner : `${inner}?`;
  });
  if (rest === undefined) return printed;
  const inner = operand(rest, 'array', print);
  return [...printed, inner === undefined ? inner : `...${inner}[]`];
}

function templateText(parts: readonly (string | TypeNode)[]): string {
  const texts = parts.map((part) =>
    typeof part === 'string'
      ? part.replaceAll('\\', '\\\\').replaceAll('`', '\\`').replaceAll('${', '\\${')
      : `\${${printFlat(part)}}`,
  );
  return `\`${texts.join('')}\``;
}

function joined(texts: readonly (string | undefined)[], separator: string): string | undefined {
  return texts.includes(undefined) ? undefined : texts.join(separator);
}
