import { baseRefusals, isOnlyClass, refusals } from './checks.js';
import { type HeadLayout, headBytes, ROOT_STATES, STATES } from './head.js';
import {
  hasState,
  isStated,
  type Literal,
  type Node,
  type ObjectCore,
  type UnionCore,
  type ValueKind,
} from './node.js';
import { namesOf, type Program } from './program.js';
import { minimumBytes } from './size.js';
import { indent, indentLines, literal, property, quote } from './text.js';

/** Up to so many texts a switch finds its case sooner than a Map. */
const MOST_CASES = 16;

/** Emits functions that write; with `checks` they write only what is valid. */
export class WriteEmitter {
  constructor(
    private readonly program: Program,
    private readonly checks: boolean,
  ) {}

  /** The function of a composite core. */
  function(bare: Node): string {
    return this.program.function(this.checks ? 'v' : 'w', bare, () => this.#composite(bare));
  }

  /** The function of a whole message. The first byte says that generated code wrote it. */
  root(node: Node): string {
    const { core } = node;
    const lines =
      core.kind === 'object' && !isStated(node)
        ? this.#object(core, ROOT_STATES)
        : ['w.byte(0);', ...this.stated(node, 'v')];
    return this.program.lambda(this.checks ? 'v' : 'w', lines);
  }

  /** Where nothing tells the state of a value, a byte does. */
  stated(node: Node, v: string): readonly string[] {
    if (!isStated(node)) return this.#value(node, v);
    const cases: string[] = [];
    if (node.undefinedOk) cases.push(`if (${v} === undefined) w.byte(1);`);
    if (node.nullOk) cases.push(`${cases.length > 0 ? 'else ' : ''}if (${v} === null) w.byte(2);`);
    return [...cases, 'else {', indent(['w.byte(3);', ...this.#value(node, v)]), '}'];
  }

  #value(node: Node, v: string): readonly string[] {
    const { core } = node;
    switch (core.kind) {
      case 'never':
        return [`${this.program.use('bail')}();`];
      case 'literal': {
        const [value] = core.values;
        if (core.values.length > 1) return [`w.count(${this.#index(core.values, v)});`];
        const differs =
          typeof value === 'number'
            ? `!Object.is(${v}, ${literal(value)})`
            : `${v} !== ${literal(value as Literal)}`;
        return [`if (${differs}) ${this.program.use('bail')}();`];
      }
      case 'str':
      case 'num':
      case 'bool':
      case 'bigint':
      case 'date':
      case 'blob':
        return this.#leaf(node.bare, `w.${core.kind}(${v})`, v);
      case 'attachment':
        return this.#leaf(node.bare, `w.attach(${quote(core.of)}, ${v}${this.#behindDoor(node)})`, v);
      case 'any':
        return [`${this.program.use('writeAny')}(w, ${v});`];
      default:
        return [`${this.function(node.bare)}(w, ${v});`];
    }
  }

  /** A door is sent only where the contract has one to its service. */
  #behindDoor({ core, bare }: Node): string {
    const isDoor = core.kind === 'attachment' && core.of === 'door';
    return isDoor ? `, ${this.program.schema(bare.place)}` : '';
  }

  #leaf(bare: Node, write: string, v: string): readonly string[] {
    const y = `${v}y`;
    const refuse = this.#refuse(bare, y);
    return refuse.length === 0 ? [`${write};`] : [`const ${y} = ${write};`, ...refuse];
  }

  /** An expression that is the index of a literal, or of what `indexes` gives for it. */
  #index(
    values: readonly Literal[],
    v: string,
    indexes: readonly number[] = values.map((_, i) => i),
  ): string {
    const { program } = this;
    if (values.length <= MOST_CASES && values.every((value) => typeof value === 'string')) {
      const cases = values.map((value, i) => `case ${literal(value)}: return ${indexes[i]};`);
      const body = [
        'switch (x) {',
        ...cases.map((each) => `  ${each}`),
        `  default: return ${program.use('bail')}();`,
        '}',
      ];
      const head = program.typed ? '(x: unknown): number' : '(x)';
      return `${program.constant('i', `${head} => {\n${indent(body)}\n}`)}(${v})`;
    }
    const entries = values.map((value, i) => `[${literal(value)}, ${indexes[i]}]`).join(', ');
    const map = program.constant('i', `new Map${program.type('<unknown, number>')}([${entries}])`);
    return `${program.use('indexOf')}(${map}, ${v})`;
  }

  /** Lines that give up when the checks of a bare node refuse `x`. */
  #refuse({ schema, core, place }: Node, x: string): readonly string[] {
    if (!this.checks || isOnlyClass(schema)) return [];
    const conditions = refusals(schema, x, {
      use: (name) => this.program.use(name),
      pattern: (i) => this.program.pattern(place, i),
    });
    const all = [...baseRefusals(schema, core.kind, x), ...(conditions ?? [])];
    return all.map((condition) => `if (${condition}) ${this.program.use('bail')}();`);
  }

  #composite(bare: Node): readonly string[] {
    const { core } = bare;
    switch (core.kind) {
      case 'object':
        return this.#object(core, STATES);
      case 'array':
        return [
          `if (!Array.isArray(v)) ${this.program.use('bail')}();`,
          ...this.#typedArray(),
          ...this.#refuse(bare, 'a'),
          'const n = a.length;',
          'w.count(n);',
          'for (let i = 0; i < n; i++) {',
          indent([this.#declare('x', 'a[i]'), ...this.#item(core.element, 'x')]),
          '}',
          // A getter within may have changed it.
          `if (a.length !== n) ${this.program.use('bail')}();`,
        ];
      case 'tuple':
        return this.#tuple(core.items, core.rest);
      case 'record':
        return [
          `const o = ${this.program.use('plainRecord')}(v);`,
          'const names = Object.keys(o);',
          'w.count(names.length);',
          'for (const name of names) {',
          indent([
            `if (name === '__proto__') ${this.program.use('bail')}();`,
            'w.str(name);',
            'const x = o[name];',
            ...this.stated(core.value, 'x'),
          ]),
          '}',
        ];
      case 'map':
        return [
          `if (!(v instanceof Map)) ${this.program.use('bail')}();`,
          `const m = v${this.program.type(' as ReadonlyMap<unknown, unknown>')};`,
          ...this.#refuse(bare, 'm'),
          'const n = m.size;',
          'w.count(n);',
          'let c = 0;',
          'for (const [key, x] of m) {',
          indent([
            'w.key(key);',
            'c++;',
            ...this.stated(core.key, 'key'),
            ...this.stated(core.value, 'x'),
            ...(this.#isFree(core.key) && this.#isFree(core.value) ? ['w.byte(0);'] : []),
          ]),
          '}',
          `if (c !== n) ${this.program.use('bail')}();`,
        ];
      case 'set':
        return [
          `if (!(v instanceof Set)) ${this.program.use('bail')}();`,
          `const m = v${this.program.type(' as ReadonlySet<unknown>')};`,
          ...this.#refuse(bare, 'm'),
          'const n = m.size;',
          'w.count(n);',
          'let c = 0;',
          'for (const x of m) {',
          indent(['w.key(x);', 'c++;', ...this.#item(core.value, 'x')]),
          '}',
          `if (c !== n) ${this.program.use('bail')}();`,
        ];
      case 'union':
        return this.#union(core);
      default:
        throw new TypeError(`no composite: ${core.kind}`);
    }
  }

  #typedArray(): readonly string[] {
    return [`const a${this.program.type(': readonly unknown[]')} = v;`];
  }

  #declare(name: string, value: string): string {
    return `const ${name} = ${value};`;
  }

  #isFree(node: Node): boolean {
    return minimumBytes(node) === 0;
  }

  /** An item of which there may be many: none is without a byte. */
  #item(node: Node, x: string): readonly string[] {
    return [...this.stated(node, x), ...(this.#isFree(node) ? ['w.byte(0);'] : [])];
  }

  #tuple(items: readonly Node[], rest: Node | undefined): readonly string[] {
    const lines = [
      `if (!Array.isArray(v) || v.length ${rest === undefined ? '!==' : '<'} ${items.length}) ${this.program.use('bail')}();`,
      ...this.#typedArray(),
    ];
    for (const [i, item] of items.entries()) {
      lines.push(this.#declare(`x${i}`, `a[${i}]`), ...this.stated(item, `x${i}`));
    }
    if (rest !== undefined) {
      lines.push(
        `w.count(a.length - ${items.length});`,
        `for (let i = ${items.length}; i < a.length; i++) {`,
        indent([this.#declare('x', 'a[i]'), ...this.#item(rest, 'x')]),
        '}',
      );
    }
    return lines;
  }

  #object(core: ObjectCore, layout: HeadLayout): readonly string[] {
    const lines = [`const o = ${this.program.use(core.plain || core.exact ? 'plainRecord' : 'record')}(v);`];
    if (core.others === 'refused' || core.exact) {
      lines.push(`${this.program.use('only')}(o, ${namesOf(this.program, core)});`);
    }
    const { fields } = core;
    for (const [i, { name }] of fields.entries()) lines.push(this.#declare(`x${i}`, property('o', name)));
    const stated = fields.map((field, i) => ({ field, i })).filter(({ field }) => hasState(field));
    for (const { field, i } of stated) {
      lines.push(
        `const s${i} = x${i} === undefined ? (${quote(field.name)} in o ? 1 : 0) : x${i} === null ? 2 : 3;`,
      );
      const refused = [
        // What every object inherits is absent only where there is no prototype, which the reader could not show to zod.
        ...(field.absent === 'refused' || field.name in Object.prototype ? [`s${i} === 0`] : []),
        ...(field.node.undefinedOk ? [] : [`s${i} === 1`]),
        ...(field.node.nullOk ? [] : [`s${i} === 2`]),
      ];
      if (refused.length > 0) lines.push(`if (${refused.join(' || ')}) ${this.program.use('bail')}();`);
    }
    for (const states of headBytes(stated.length, layout)) {
      const bits = states.map(({ at, shift }) => {
        const s = `s${stated[at]?.i}`;
        return shift === 0 ? s : `(${s} << ${shift})`;
      });
      lines.push(`w.byte(${bits.length === 0 ? '0' : bits.join(' | ')});`);
    }
    for (const [i, field] of fields.entries()) {
      const write = this.#value(field.node, `x${i}`);
      lines.push(...(hasState(field) ? [`if (s${i} === 3) {`, indent(write), '}'] : write));
    }
    if (core.others === 'kept' && core.other !== undefined) {
      lines.push(
        `const others = ${this.program.use('othersOf')}(o, ${namesOf(this.program, core)});`,
        'w.count(others.length);',
        'for (const name of others) {',
        indent(['w.str(name);', 'const x = o[name];', ...this.stated(core.other, 'x')]),
        '}',
      );
    }
    return lines;
  }

  /** Only where other options look at what kind of object it is. */
  #noBuiltIn({ core }: Node): readonly string[] {
    const takesAny =
      (core.kind === 'object' && !core.plain && !core.exact) || (core.kind === 'union' && 'key' in core.by);
    return takesAny ? [`${this.program.use('noBuiltIn')}(v);`] : [];
  }

  #union(core: UnionCore): readonly string[] {
    const { by, options } = core;
    if ('key' in by) {
      const values = by.values.flat();
      const indexes = by.values.flatMap((own, i) => own.map(() => i));
      const key = property(`${this.program.use('record')}(v)`, by.key);
      return [
        `const i = ${this.#index(values, key, indexes)};`,
        'w.count(i);',
        'switch (i) {',
        ...options.flatMap((option, i) => [
          `  case ${i}:`,
          indent(indentLines(this.#value(option, 'v'))),
          '    break;',
        ]),
        '}',
      ];
    }
    const lines: string[] = [];
    for (const [i, option] of options.entries()) {
      const kinds = (by.kinds[i] ?? []).filter((kind) => kind !== 'undefined' && kind !== 'null');
      if (kinds.length === 0) continue;
      const condition = kinds.map(isKind).join(' || ');
      lines.push(
        `${lines.length > 0 ? '} else ' : ''}if (${condition}) {`,
        indent([...this.#noBuiltIn(option), `w.count(${i});`, ...this.#value(option, 'v')]),
      );
    }
    const bail = `${this.program.use('bail')}();`;
    return lines.length === 0 ? [bail] : [...lines, `} else ${bail}`];
  }
}

function isKind(kind: ValueKind): string {
  switch (kind) {
    case 'array':
      return 'Array.isArray(v)';
    case 'object':
      return "(typeof v === 'object' && v !== null && !Array.isArray(v))";
    default:
      return `typeof v === '${kind}'`;
  }
}
