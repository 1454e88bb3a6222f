import { baseRefusals, isOnlyClass, refusals, sizeCap } from './checks.js';
import { type HeadLayout, headBytes, ROOT_STATES, STATES } from './head.js';
import {
  type Core,
  type Field,
  hasState,
  isComposite,
  isStated,
  type Literal,
  type Node,
  type ObjectCore,
} from './node.js';
import { namesOf, type Program } from './program.js';
import { minimumBytes } from './size.js';
import { indent, indentLines, literal, property, propertyName, quote } from './text.js';

/** `read` gives the value as it was written; `parse` what zod makes of it. */
export type Mode = 'read' | 'parse';

/** Emits functions that read. */
export class ReadEmitter {
  constructor(private readonly program: Program) {}

  /** The function of a composite core. */
  function(bare: Node, mode: Mode): string {
    return this.program.function(mode === 'read' ? 'r' : 'p', bare, () =>
      this.#composite(bare, mode, STATES),
    );
  }

  /** The function of a whole message. That its first byte is of generated code has been looked at. */
  root(node: Node, mode: Mode): string {
    const purpose = mode === 'read' ? 'r' : 'p';
    if (node.core.kind !== 'object' || isStated(node)) {
      const lines = ['r.byte();', ...this.stated(node, 'x', mode), 'return x;'];
      return this.program.lambda(purpose, lines);
    }
    if (mode === 'parse' && node.judged) {
      const raw = `${this.root(node, 'read')}(r)`;
      const value = `${this.program.use('judged')}(${this.program.schema(node.place)}, ${raw})`;
      return this.program.lambda(purpose, [`return ${value};`]);
    }
    const name = this.program.lambda(purpose, this.#composite(node.bare, mode, ROOT_STATES));
    if (mode === 'read' || node.layers.length === 0) return name;
    return this.program.lambda(purpose, [`return ${this.#layered(node, `${name}(r)`)};`]);
  }

  #isFree(node: Node): boolean {
    return minimumBytes(node) === 0;
  }

  #names(core: ObjectCore): string {
    return namesOf(this.program, core);
  }

  /** Declares `x`: a value, undefined and null included, behind a byte that tells where they are possible. */
  stated(node: Node, x: string, mode: Mode): readonly string[] {
    if (!isStated(node)) return this.#value(node, x, mode);
    const y = `${x}v`;
    return [
      `let ${x}${this.program.type(': unknown')};`,
      `switch (r.byte()) {`,
      ...(node.undefinedOk
        ? [`  case 1:`, `    ${x} = ${this.#nullish(node, 'undefined', mode)};`, '    break;']
        : []),
      ...(node.nullOk ? [`  case 2:`, `    ${x} = ${this.#nullish(node, 'null', mode)};`, '    break;'] : []),
      '  case 3: {',
      indent(indentLines([...this.#value(node, y, mode), `${x} = ${y};`, 'break;'])),
      '  }',
      '  default:',
      `    ${this.program.use('reject')}();`,
      '}',
    ];
  }

  #nullish(node: Node, value: 'undefined' | 'null', mode: Mode): string {
    if (mode === 'read' || node.passesNullish) return value;
    return `${this.program.use('judged')}(${this.program.schema(node.place)}, ${value})`;
  }

  /** Declares `x`: a value that is neither undefined nor null. */
  #value(node: Node, x: string, mode: Mode): readonly string[] {
    if (mode === 'read') return [`const ${x} = ${this.#rawValue(node)};`];
    if (node.judged) {
      return [
        `const ${x} = ${this.program.use('judged')}(${this.program.schema(node.place)}, ${this.#rawValue(node)});`,
      ];
    }
    const { bare } = node;
    if (isComposite(node.core)) {
      const value = `${this.function(bare, mode)}(r)`;
      const layered = this.#layered(node, value);
      return [`const ${x} = ${layered};`];
    }
    const checks = this.#checkLines(bare, x);
    const base = baseRefusals(bare.schema, node.core.kind, x);
    const value = this.#rawValue(node);
    if (checks.replaces) {
      const y = `${x}r`;
      const own = this.#checkLines(bare, y);
      return [
        `const ${y} = ${value};`,
        ...baseRefusals(bare.schema, node.core.kind, y).map((condition) => this.#refuse(condition)),
        `const ${x} = ${this.#layered(node, own.value)};`,
      ];
    }
    const lines = [...base, ...checks.conditions].map((condition) => this.#refuse(condition));
    if (node.layers.length === 0) return [`const ${x} = ${value};`, ...lines];
    const y = `${x}r`;
    const ownLines = [
      ...baseRefusals(bare.schema, node.core.kind, y),
      ...this.#checkLines(bare, y).conditions,
    ];
    return [
      `const ${y} = ${value};`,
      ...ownLines.map((condition) => this.#refuse(condition)),
      `const ${x} = ${this.#layered(node, y)};`,
    ];
  }

  #refuse(condition: string): string {
    return `if (${condition}) ${this.program.use('reject')}();`;
  }

  #layered(node: Node, value: string): string {
    let text = value;
    for (const { type, place } of node.layers) {
      text =
        type === 'readonly'
          ? `Object.freeze(${text})`
          : `${this.program.use('checked')}(${this.program.checks(place)}, ${text})`;
    }
    return text;
  }

  /** What a bare node's checks come to for the variable `x`. */
  #checkLines(
    bare: Node,
    x: string,
  ): { readonly replaces: boolean; readonly value: string; readonly conditions: readonly string[] } {
    const conditions = refusals(bare.schema, x, {
      use: (name) => this.program.use(name),
      pattern: (i) =>
        this.program.constant(
          're',
          `${this.program.use('patternAt')}(${this.program.schema(bare.place)}, ${i})`,
        ),
    });
    // A class is checked by what it is read as.
    if (isOnlyClass(bare.schema)) return { replaces: false, value: x, conditions: [] };
    if (conditions !== undefined) return { replaces: false, value: x, conditions };
    return {
      replaces: true,
      value: `${this.program.use('checked')}(${this.program.checks(bare.place)}, ${x})`,
      conditions: [],
    };
  }

  /** An expression that reads a value as it was written. */
  #rawValue(node: Node): string {
    const { core } = node;
    switch (core.kind) {
      case 'never':
        return `${this.program.use('reject')}()`;
      case 'literal':
        return core.values.length === 1
          ? literal(core.values[0] as Literal)
          : `${this.program.use('literalAt')}(r, ${this.program.constant('l', `[${core.values.map(literal).join(', ')}]`)})`;
      case 'str':
      case 'num':
      case 'bool':
      case 'bigint':
      case 'date':
      case 'blob':
        return `r.${core.kind}()`;
      case 'attachment': {
        // What is behind a door the contract says, when it is asked.
        const schema = core.of === 'door' ? `, ${this.program.schema(node.bare.place)}` : '';
        return `r.attachment(${quote(core.of)}${schema})`;
      }
      case 'any':
        return `${this.program.use('readAny')}(r)`;
      default:
        return `${this.function(node.bare, 'read')}(r)`;
    }
  }

  #composite(bare: Node, mode: Mode, layout: HeadLayout): readonly string[] {
    const { core } = bare;
    const cap = mode === 'parse' ? sizeCap(bare.schema) : undefined;
    const built = core.kind === 'object' ? this.#object(core, mode, layout) : this.#build(core, mode, cap);
    if (mode === 'read') return built;
    const checks = this.#checkLines(bare, 'o');
    const last = built.at(-1) ?? '';
    if (!checks.replaces && checks.conditions.length === 0) return built;
    const lines = built.slice(0, -1);
    if (last !== 'return o;') {
      const value = last.slice('return '.length, -1);
      lines.push(`const o = ${value};`);
    }
    return [
      ...lines,
      ...checks.conditions.map((condition) => this.#refuse(condition)),
      `return ${checks.value};`,
    ];
  }

  /** @param cap of how many items zod looks at the first, before some of them may become the same */
  #build(core: Core, mode: Mode, cap: number | undefined): readonly string[] {
    const size = ['let n = r.size();', ...(cap === undefined ? [] : [this.#refuse(`n > ${cap}`)])];
    switch (core.kind) {
      case 'array':
        return [
          'const n = r.size();',
          `const o${this.program.type(': unknown[]')} = new Array(n);`,
          'for (let i = 0; i < n; i++) {',
          indent([...this.#item(core.element, 'x', mode), 'o[i] = x;']),
          '}',
          'return o;',
        ];
      case 'tuple':
        return this.#tuple(core.items, core.rest, mode);
      case 'record':
        return [
          `const o${this.program.type(': Record<string, unknown>')} = {};`,
          'for (let n = r.size(); n > 0; n--) {',
          indent([
            'const name = r.str();',
            `if (name === '__proto__') ${this.program.use('reject')}();`,
            ...this.stated(core.value, 'x', mode),
            'o[name] = x;',
          ]),
          '}',
          'return o;',
        ];
      case 'map':
        return [
          `const o = new Map${this.program.type('<unknown, unknown>')}();`,
          ...size,
          'for (; n > 0; n--) {',
          indent([
            ...this.stated(core.key, 'key', mode),
            ...this.stated(core.value, 'x', mode),
            ...(this.#isFree(core.key) && this.#isFree(core.value) ? [`${this.program.use('pad')}(r);`] : []),
            'o.set(r.key(key), x);',
          ]),
          '}',
          'return o;',
        ];
      case 'set':
        return [
          `const o = new Set${this.program.type('<unknown>')}();`,
          ...size,
          'for (; n > 0; n--) {',
          indent([...this.#item(core.value, 'x', mode), 'o.add(r.key(x));']),
          '}',
          'return o;',
        ];
      case 'union':
        return [
          `let o${this.program.type(': unknown')};`,
          'switch (r.count()) {',
          ...core.options.flatMap((option, i) => [
            `  case ${i}: {`,
            indent(indentLines([...this.#value(option, 'x', mode), 'o = x;', 'break;'])),
            '  }',
          ]),
          '  default:',
          `    ${this.program.use('reject')}();`,
          '}',
          'return o;',
        ];
      default:
        throw new TypeError(`no composite: ${core.kind}`);
    }
  }

  #item(node: Node, x: string, mode: Mode): readonly string[] {
    return [...this.stated(node, x, mode), ...(this.#isFree(node) ? [`${this.program.use('pad')}(r);`] : [])];
  }

  #tuple(items: readonly Node[], rest: Node | undefined, mode: Mode): readonly string[] {
    const lines = items.flatMap((item, i) => [...this.stated(item, `x${i}`, mode)]);
    const values = items.map((_, i) => `x${i}`).join(', ');
    if (rest === undefined) return [...lines, `return [${values}];`];
    return [
      ...lines,
      `const o${this.program.type(': unknown[]')} = [${values}];`,
      'for (let n = r.size(); n > 0; n--) {',
      indent([...this.#item(rest, 'x', mode), 'o.push(x);']),
      '}',
      'return o;',
    ];
  }

  #object(core: ObjectCore, mode: Mode, layout: HeadLayout): readonly string[] {
    const { fields } = core;
    const stated = fields.filter(hasState);
    const lines: string[] = [];
    const head = headBytes(stated.length, layout);
    const stateOf = head.flatMap((states, byte) =>
      states.map(({ shift }) => (shift === 0 ? `h${byte} & 3` : `(h${byte} >>> ${shift}) & 3`)),
    );
    for (const [byte, states] of head.entries()) {
      lines.push(states.length === 0 ? 'r.byte();' : `const h${byte} = r.byte();`);
    }
    const firstStated = fields.findIndex(hasState);
    const leading = firstStated < 0 ? fields : fields.slice(0, firstStated);
    for (const [i, field] of leading.entries()) lines.push(...this.#value(field.node, `x${i}`, mode));
    const literal = `{ ${leading.map(({ name }, i) => `${propertyName(name)}: x${i}`).join(', ')} }`;
    const kept = core.others === 'kept' && core.other !== undefined;
    if (firstStated < 0 && !kept) return [...lines, `return ${leading.length === 0 ? '{}' : literal};`];
    lines.push(
      `const o${this.program.type(': Record<string, unknown>')} = ${leading.length === 0 ? '{}' : literal};`,
    );
    for (let i = leading.length; i < fields.length; i++) {
      const field = fields[i] as Field;
      if (hasState(field))
        lines.push(...this.#field(field, i, stateOf[stated.indexOf(field)] as string, mode));
      else lines.push(...this.#value(field.node, `x${i}`, mode), `${property('o', field.name)} = x${i};`);
    }
    if (kept && core.other !== undefined) {
      lines.push(
        'for (let n = r.size(); n > 0; n--) {',
        indent([
          `const name = ${this.program.use('otherKey')}(r, ${this.#names(core)});`,
          ...this.stated(core.other, 'x', mode),
          'o[name] = x;',
        ]),
        '}',
      );
    }
    return [...lines, 'return o;'];
  }

  #field(field: Field, i: number, state: string, mode: Mode): readonly string[] {
    const { node, name } = field;
    const set = (value: string) => `${property('o', name)} = ${value};`;
    return [
      `switch (${state}) {`,
      '  case 3: {',
      indent(indentLines([...this.#value(node, `x${i}`, mode), set(`x${i}`), 'break;'])),
      '  }',
      '  case 0:',
      indent(indentLines([...this.#absent(field, i, mode), 'break;'])),
      '  case 1:',
      `    ${node.undefinedOk ? set(this.#nullish(node, 'undefined', mode)) : `${this.program.use('reject')}();`}`,
      '    break;',
      '  default:',
      `    ${node.nullOk ? set(this.#nullish(node, 'null', mode)) : `${this.program.use('reject')}();`}`,
      '}',
    ];
  }

  #absent({ node, name, absent }: Field, i: number, mode: Mode): readonly string[] {
    const set = (value: string) => `${property('o', name)} = ${value};`;
    // What every object inherits is never absent for zod, nor for who writes.
    if (absent === 'refused' || name in Object.prototype) return [`${this.program.use('reject')}();`];
    if (mode === 'read' || absent === 'left-out') return [];
    const schema = this.program.schema(node.place);
    if (absent === 'substituted' && isDefault(node))
      return [set(`${this.program.use('defaultOf')}(${schema})`)];
    if (absent === 'substituted') return [set(`${this.program.use('judged')}(${schema}, undefined)`)];
    const judge = absent === 'tried' ? 'judgedAbsent' : 'judged';
    return [
      `const d${i} = ${this.program.use(judge)}(${schema}${absent === 'tried' ? '' : ', undefined'});`,
      `if (d${i} !== undefined) ${set(`d${i}`)}`,
    ];
  }
}

/** Whether undefined becomes the default, and nothing looks at that. */
function isDefault({ schema, judged }: Node): boolean {
  return !judged && schema._zod.def.type === 'default' && (schema._zod.def.checks?.length ?? 0) === 0;
}
