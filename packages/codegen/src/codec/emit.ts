import type { $ZodType } from 'zod/v4/core';
import { checksOf, numberText, refusals } from './checks.js';
import {
  type Core,
  type Field,
  hasState,
  isComposite,
  isStated,
  type Literal,
  type Node,
  type ObjectCore,
  type Place,
  partsOf,
  type UnionCore,
  type ValueKind,
} from './node.js';
import { minimumBytes } from './size.js';

/** Pieces of a program, shared by the codecs of all methods of one service. */
export interface EmitOptions {
  /** With TypeScript's annotations. */
  readonly typed: boolean;
  /** The identifier of the contract. */
  readonly contract: string;
}

type Mode = 'read' | 'parse';

/** Emits functions for nodes: one for each core that is made of others, in the order in which they are needed. */
export class Emitter {
  /** Names of '@doorcall/core/generated' that the code uses. */
  readonly used = new Set<string>();
  readonly #constants = new Map<string, { readonly name: string; readonly text: string }>();
  readonly #functions: string[] = [];
  readonly #ids = new Map<Core, number>();
  readonly #emitted = new Map<string, boolean>();

  constructor(private readonly options: EmitOptions) {}

  /** All constants and functions so far. */
  get code(): string {
    const constants = [...this.#constants.values()].map(({ name, text }) => `const ${name} = ${text};`);
    return [...constants, ...this.#functions].join('\n');
  }

  /** The name of a function that writes a value, undefined and null included. */
  write(node: Node): string {
    return this.#root('w', node, () => this.#writeStated(node, 'v'));
  }

  read(node: Node): string {
    return this.#root('r', node, () => [...this.#readStated(node, 'x', 'read'), 'return x;']);
  }

  /** @returns also whether the function runs code of the contract */
  parse(node: Node): { readonly name: string; readonly runsCode: boolean } {
    const name = this.#root('p', node, () => [...this.#readStated(node, 'x', 'parse'), 'return x;']);
    return { name, runsCode: this.#runsCode(node, new Set()) };
  }

  #runsCode(node: Node, seen: Set<Node>): boolean {
    if (seen.has(node)) return false;
    seen.add(node);
    if (node.judged || node.layers.some(({ type }) => type === 'checks')) return true;
    if (refusals(node.bare.schema, 'x', { use: (name) => name, pattern: () => '' }) === undefined)
      return true;
    return partsOf(node.core).some((part) => this.#runsCode(part, seen));
  }

  // ---- names

  #use(name: string): string {
    this.used.add(name);
    return name;
  }

  #constant(prefix: string, text: string): string {
    let constant = this.#constants.get(text);
    if (constant === undefined) {
      // No variable in a function begins like this.
      constant = { name: `$${prefix}${this.#constants.size}`, text };
      this.#constants.set(text, constant);
    }
    return constant.name;
  }

  #schema({ method, side, steps }: Place): string {
    const { contract } = this.options;
    const text = `${this.#use('schemaAt')}(${contract}, ${quote(method)}, ${quote(side)}, ${JSON.stringify(steps)})`;
    return this.#constant('s', text);
  }

  #checks(place: Place): string {
    return this.#constant('c', `${this.#use('checksOf')}(${this.#schema(place)})`);
  }

  #id(core: Core): number {
    let id = this.#ids.get(core);
    if (id === undefined) {
      id = this.#ids.size;
      this.#ids.set(core, id);
    }
    return id;
  }

  // ---- functions

  #root(prefix: string, node: Node, body: () => readonly string[]): string {
    const direct = isComposite(node.core) && !isStated(node) && !(prefix === 'p' && isWrapped(node));
    if (direct) return this.#core(prefix as 'w' | 'r' | 'p', node.bare);
    const lines = body();
    return this.#constant(
      prefix === 'w' ? 'write' : prefix === 'r' ? 'read' : 'parse',
      this.#lambda(prefix, lines),
    );
  }

  #lambda(prefix: string, lines: readonly string[]): string {
    const { typed } = this.options;
    const parameters =
      prefix === 'w'
        ? typed
          ? `(w: ${this.#use('Writer')}, v: unknown): void`
          : '(w, v)'
        : typed
          ? `(r: ${this.#use('Reader')}): unknown`
          : '(r)';
    return `${parameters} => {\n${indent(lines)}\n}`;
  }

  /** The function of a composite core. @param bare its node */
  #core(prefix: 'w' | 'r' | 'p', bare: Node): string {
    const name = `${prefix}${this.#id(bare.core)}`;
    if (this.#emitted.has(name)) return name;
    this.#emitted.set(name, true);
    // The place is taken before the parts are emitted: a recursive core comes back here.
    const at = this.#functions.length;
    this.#functions.push('');
    const lines =
      prefix === 'w'
        ? this.#writeComposite(bare.core)
        : this.#readComposite(bare, prefix === 'r' ? 'read' : 'parse');
    const { typed } = this.options;
    const head =
      prefix === 'w'
        ? typed
          ? `function ${name}(w: ${this.#use('Writer')}, v: unknown): void`
          : `function ${name}(w, v)`
        : typed
          ? `function ${name}(r: ${this.#use('Reader')}): unknown`
          : `function ${name}(r)`;
    this.#functions[at] = `${head} {\n${indent(lines)}\n}`;
    return name;
  }

  // ---- writing

  /** Where nothing tells the state of a value, a byte does. */
  #writeStated(node: Node, v: string): readonly string[] {
    if (!isStated(node)) return this.#writeCore(node, v);
    const cases: string[] = [];
    if (node.undefinedOk) cases.push(`if (${v} === undefined) w.byte(1);`);
    if (node.nullOk) cases.push(`${cases.length > 0 ? 'else ' : ''}if (${v} === null) w.byte(2);`);
    return [...cases, 'else {', indent(['w.byte(3);', ...this.#writeCore(node, v)]), '}'];
  }

  #writeCore(node: Node, v: string): readonly string[] {
    const { core } = node;
    switch (core.kind) {
      case 'never':
        return [`${this.#use('bail')}();`];
      case 'literal': {
        const [value] = core.values;
        if (core.values.length > 1)
          return [`w.count(${this.#use('indexOf')}(${this.#indexes(core.values)}, ${v}));`];
        const differs =
          typeof value === 'number'
            ? `!Object.is(${v}, ${literal(value)})`
            : `${v} !== ${literal(value as Literal)}`;
        return [`if (${differs}) ${this.#use('bail')}();`];
      }
      case 'str':
      case 'num':
      case 'bool':
      case 'bigint':
      case 'date':
      case 'blob':
      case 'any':
        return [`w.${core.kind}(${v});`];
      default:
        return [`${this.#core('w', node.bare)}(w, ${v});`];
    }
  }

  #indexes(values: readonly Literal[], indexOf = (i: number) => i): string {
    const { typed } = this.options;
    const entries = values.map((value, i) => `[${literal(value)}, ${indexOf(i)}]`).join(', ');
    return this.#constant('i', `new Map${typed ? '<unknown, number>' : ''}([${entries}])`);
  }

  #writeComposite(core: Core): readonly string[] {
    switch (core.kind) {
      case 'object':
        return this.#writeObject(core);
      case 'array':
        return [
          `if (!Array.isArray(v)) ${this.#use('bail')}();`,
          ...this.#typedArray(),
          'const n = a.length;',
          'w.count(n);',
          'for (let i = 0; i < n; i++) {',
          indent([this.#declare('x', 'a[i]'), ...this.#writeItem(core.element, 'x')]),
          '}',
        ];
      case 'tuple':
        return this.#writeTuple(core.items, core.rest);
      case 'record':
        return [
          `const o = ${this.#use('plainRecord')}(v);`,
          'const names = Object.keys(o);',
          'w.count(names.length);',
          'for (const name of names) {',
          indent([
            `if (name === '__proto__') ${this.#use('bail')}();`,
            'w.str(name);',
            'const x = o[name];',
            ...this.#writeStated(core.value, 'x'),
          ]),
          '}',
        ];
      case 'map':
        return [
          `if (!(v instanceof Map)) ${this.#use('bail')}();`,
          ...(this.options.typed ? ['const m = v as ReadonlyMap<unknown, unknown>;'] : ['const m = v;']),
          'w.count(m.size);',
          'for (const [key, x] of m) {',
          indent([
            ...this.#writeStated(core.key, 'key'),
            ...this.#writeStated(core.value, 'x'),
            ...(this.#isFree(core.key) && this.#isFree(core.value) ? ['w.byte(0);'] : []),
          ]),
          '}',
        ];
      case 'set':
        return [
          `if (!(v instanceof Set)) ${this.#use('bail')}();`,
          ...(this.options.typed ? ['const m = v as ReadonlySet<unknown>;'] : ['const m = v;']),
          'w.count(m.size);',
          'for (const x of m) {',
          indent(this.#writeItem(core.value, 'x')),
          '}',
        ];
      case 'union':
        return this.#writeUnion(core);
      default:
        throw new TypeError(`no composite: ${core.kind}`);
    }
  }

  #typedArray(): readonly string[] {
    return [this.options.typed ? 'const a: readonly unknown[] = v;' : 'const a = v;'];
  }

  #declare(name: string, value: string): string {
    return `const ${name} = ${value};`;
  }

  #isFree(node: Node): boolean {
    return minimumBytes(node) === 0;
  }

  /** An item of which there may be many: none is without a byte. */
  #writeItem(node: Node, x: string): readonly string[] {
    return [...this.#writeStated(node, x), ...(this.#isFree(node) ? ['w.byte(0);'] : [])];
  }

  #writeTuple(items: readonly Node[], rest: Node | undefined): readonly string[] {
    const lines = [
      `if (!Array.isArray(v) || v.length ${rest === undefined ? '!==' : '<'} ${items.length}) ${this.#use('bail')}();`,
      ...this.#typedArray(),
    ];
    for (const [i, item] of items.entries()) {
      lines.push(this.#declare(`x${i}`, `a[${i}]`), ...this.#writeStated(item, `x${i}`));
    }
    if (rest !== undefined) {
      lines.push(
        `w.count(a.length - ${items.length});`,
        `for (let i = ${items.length}; i < a.length; i++) {`,
        indent([this.#declare('x', 'a[i]'), ...this.#writeItem(rest, 'x')]),
        '}',
      );
    }
    return lines;
  }

  #writeObject(core: ObjectCore): readonly string[] {
    const lines = [`const o = ${this.#use(core.plain ? 'plainRecord' : 'record')}(v);`];
    if (core.others === 'refused' || core.exact) {
      lines.push(`${this.#use('only')}(o, ${this.#names(core)});`);
    }
    const { fields } = core;
    for (const [i, { name }] of fields.entries()) lines.push(this.#declare(`x${i}`, property('o', name)));
    const stated = fields.map((field, i) => ({ field, i })).filter(({ field }) => hasState(field));
    for (const { field, i } of stated) {
      lines.push(`const s${i} = ${this.#use('stateOf')}(o, ${quote(field.name)}, x${i});`);
      const refused = [
        ...(field.absent === 'refused' ? [`s${i} === 0`] : []),
        ...(field.node.undefinedOk ? [] : [`s${i} === 1`]),
        ...(field.node.nullOk ? [] : [`s${i} === 2`]),
      ];
      if (refused.length > 0) lines.push(`if (${refused.join(' || ')}) ${this.#use('bail')}();`);
    }
    for (let first = 0; first < stated.length; first += 4) {
      const bits = stated
        .slice(first, first + 4)
        .map(({ i }, at) => (at === 0 ? `s${i}` : `(s${i} << ${2 * at})`));
      lines.push(`w.byte(${bits.join(' | ')});`);
    }
    for (const [i, field] of fields.entries()) {
      const write = this.#writeCore(field.node, `x${i}`);
      lines.push(...(hasState(field) ? [`if (s${i} === 3) {`, indent(write), '}'] : write));
    }
    if (core.others === 'kept' && core.other !== undefined) {
      lines.push(
        `const others = ${this.#use('othersOf')}(o, ${this.#names(core)});`,
        'w.count(others.length);',
        'for (const name of others) {',
        indent(['w.str(name);', 'const x = o[name];', ...this.#writeStated(core.other, 'x')]),
        '}',
      );
    }
    return lines;
  }

  #names(core: ObjectCore): string {
    const names = core.fields.map(({ name }) => quote(name)).join(', ');
    return this.#constant('k', `new Set${this.options.typed ? '<string>' : ''}([${names}])`);
  }

  #writeUnion(core: UnionCore): readonly string[] {
    const { by, options } = core;
    if ('key' in by) {
      const values = by.values.flat();
      const indexes = by.values.flatMap((own, i) => own.map(() => i));
      const map = this.#indexes(values, (i) => indexes[i] as number);
      return [
        `const i = ${this.#use('indexOf')}(${map}, ${property(`${this.#use('record')}(v)`, by.key)});`,
        'w.count(i);',
        'switch (i) {',
        ...options.flatMap((option, i) => [
          `  case ${i}:`,
          indent(indentLines(this.#writeCore(option, 'v'))),
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
        indent([`w.count(${i});`, ...this.#writeCore(option, 'v')]),
      );
    }
    const bail = `${this.#use('bail')}();`;
    return lines.length === 0 ? [bail] : [...lines, `} else ${bail}`];
  }

  // ---- reading

  /** Declares `x`: a value, undefined and null included, behind a byte that tells where they are possible. */
  #readStated(node: Node, x: string, mode: Mode): readonly string[] {
    if (!isStated(node)) return this.#readValue(node, x, mode);
    const y = `${x}v`;
    return [
      `let ${x}${this.options.typed ? ': unknown' : ''};`,
      `switch (r.byte()) {`,
      ...(node.undefinedOk
        ? [`  case 1:`, `    ${x} = ${this.#nullish(node, 'undefined', mode)};`, '    break;']
        : []),
      ...(node.nullOk ? [`  case 2:`, `    ${x} = ${this.#nullish(node, 'null', mode)};`, '    break;'] : []),
      '  case 3: {',
      indent(indentLines([...this.#readValue(node, y, mode), `${x} = ${y};`, 'break;'])),
      '  }',
      '  default:',
      `    ${this.#use('reject')}();`,
      '}',
    ];
  }

  #nullish(node: Node, value: 'undefined' | 'null', mode: Mode): string {
    if (mode === 'read' || node.passesNullish) return value;
    return `${this.#use('judged')}(${this.#schema(node.place)}, ${value})`;
  }

  /** Declares `x`: a value that is neither undefined nor null. */
  #readValue(node: Node, x: string, mode: Mode): readonly string[] {
    if (mode === 'read') return [`const ${x} = ${this.#rawValue(node)};`];
    if (node.judged) {
      return [`const ${x} = ${this.#use('judged')}(${this.#schema(node.place)}, ${this.#rawValue(node)});`];
    }
    const { bare } = node;
    if (isComposite(node.core)) {
      const value = `${this.#core('p', bare)}(r)`;
      const layered = this.#layered(node, value);
      return [`const ${x} = ${layered};`];
    }
    const checks = this.#checkLines(bare, x);
    const base = baseRefusals(bare.schema, node.core, x);
    const value = this.#rawValue(node);
    if (checks.replaces) {
      const y = `${x}r`;
      const own = this.#checkLines(bare, y);
      return [
        `const ${y} = ${value};`,
        ...baseRefusals(bare.schema, node.core, y).map((condition) => this.#refuse(condition)),
        `const ${x} = ${this.#layered(node, own.value)};`,
      ];
    }
    const lines = [...base, ...checks.conditions].map((condition) => this.#refuse(condition));
    if (node.layers.length === 0) return [`const ${x} = ${value};`, ...lines];
    const y = `${x}r`;
    const ownLines = [...baseRefusals(bare.schema, node.core, y), ...this.#checkLines(bare, y).conditions];
    return [
      `const ${y} = ${value};`,
      ...ownLines.map((condition) => this.#refuse(condition)),
      `const ${x} = ${this.#layered(node, y)};`,
    ];
  }

  #refuse(condition: string): string {
    return `if (${condition}) ${this.#use('reject')}();`;
  }

  #layered(node: Node, value: string): string {
    let text = value;
    for (const { type, place } of node.layers) {
      text =
        type === 'readonly'
          ? `Object.freeze(${text})`
          : `${this.#use('checked')}(${this.#checks(place)}, ${text})`;
    }
    return text;
  }

  /** What a bare node's checks come to for the variable `x`. */
  #checkLines(
    bare: Node,
    x: string,
  ): { readonly replaces: boolean; readonly value: string; readonly conditions: readonly string[] } {
    const conditions = refusals(bare.schema, x, {
      use: (name) => this.#use(name),
      pattern: (i) => this.#constant('re', `${this.#use('patternAt')}(${this.#schema(bare.place)}, ${i})`),
    });
    // A class is checked by what it is read as.
    if (isClass(bare) && checksOf(bare.schema).length === 1)
      return { replaces: false, value: x, conditions: [] };
    if (conditions !== undefined) return { replaces: false, value: x, conditions };
    return {
      replaces: true,
      value: `${this.#use('checked')}(${this.#checks(bare.place)}, ${x})`,
      conditions: [],
    };
  }

  /** An expression that reads a value as it was written. */
  #rawValue(node: Node): string {
    const { core } = node;
    switch (core.kind) {
      case 'never':
        return `${this.#use('reject')}()`;
      case 'literal':
        return core.values.length === 1
          ? literal(core.values[0] as Literal)
          : `${this.#use('literalAt')}(r, ${this.#constant('l', `[${core.values.map(literal).join(', ')}]`)})`;
      case 'str':
      case 'num':
      case 'bool':
      case 'bigint':
      case 'date':
      case 'blob':
      case 'any':
        return `r.${core.kind}()`;
      default:
        return `${this.#core('r', node.bare)}(r)`;
    }
  }

  #readComposite(bare: Node, mode: Mode): readonly string[] {
    const { core } = bare;
    const built = this.#build(core, mode);
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

  #build(core: Core, mode: Mode): readonly string[] {
    const { typed } = this.options;
    switch (core.kind) {
      case 'object':
        return this.#readObject(core, mode);
      case 'array':
        return [
          'const n = r.size();',
          `const o${typed ? ': unknown[]' : ''} = new Array(n);`,
          'for (let i = 0; i < n; i++) {',
          indent([...this.#readItem(core.element, 'x', mode), 'o[i] = x;']),
          '}',
          'return o;',
        ];
      case 'tuple':
        return this.#readTuple(core.items, core.rest, mode);
      case 'record':
        return [
          `const o${typed ? ': Record<string, unknown>' : ''} = {};`,
          'for (let n = r.size(); n > 0; n--) {',
          indent([
            'const name = r.str();',
            `if (name === '__proto__') ${this.#use('reject')}();`,
            ...this.#readStated(core.value, 'x', mode),
            'o[name] = x;',
          ]),
          '}',
          'return o;',
        ];
      case 'map':
        return [
          `const o = new Map${typed ? '<unknown, unknown>' : ''}();`,
          'for (let n = r.size(); n > 0; n--) {',
          indent([
            ...this.#readStated(core.key, 'key', mode),
            ...this.#readStated(core.value, 'x', mode),
            ...(this.#isFree(core.key) && this.#isFree(core.value) ? [`${this.#use('pad')}(r);`] : []),
            'o.set(key, x);',
          ]),
          '}',
          'return o;',
        ];
      case 'set':
        return [
          `const o = new Set${typed ? '<unknown>' : ''}();`,
          'for (let n = r.size(); n > 0; n--) {',
          indent([...this.#readItem(core.value, 'x', mode), 'o.add(x);']),
          '}',
          'return o;',
        ];
      case 'union':
        return [
          `let o${typed ? ': unknown' : ''};`,
          'switch (r.count()) {',
          ...core.options.flatMap((option, i) => [
            `  case ${i}: {`,
            indent(indentLines([...this.#readValue(option, 'x', mode), 'o = x;', 'break;'])),
            '  }',
          ]),
          '  default:',
          `    ${this.#use('reject')}();`,
          '}',
          'return o;',
        ];
      default:
        throw new TypeError(`no composite: ${core.kind}`);
    }
  }

  #readItem(node: Node, x: string, mode: Mode): readonly string[] {
    return [...this.#readStated(node, x, mode), ...(this.#isFree(node) ? [`${this.#use('pad')}(r);`] : [])];
  }

  #readTuple(items: readonly Node[], rest: Node | undefined, mode: Mode): readonly string[] {
    const lines = items.flatMap((item, i) => [...this.#readStated(item, `x${i}`, mode)]);
    const values = items.map((_, i) => `x${i}`).join(', ');
    if (rest === undefined) return [...lines, `return [${values}];`];
    return [
      ...lines,
      `const o${this.options.typed ? ': unknown[]' : ''} = [${values}];`,
      'for (let n = r.size(); n > 0; n--) {',
      indent([...this.#readItem(rest, 'x', mode), 'o.push(x);']),
      '}',
      'return o;',
    ];
  }

  #readObject(core: ObjectCore, mode: Mode): readonly string[] {
    const { fields } = core;
    const stated = fields.filter(hasState);
    const lines: string[] = [];
    for (let head = 0; head * 4 < stated.length; head++) lines.push(`const h${head} = r.byte();`);
    const firstStated = fields.findIndex(hasState);
    const leading = firstStated < 0 ? fields : fields.slice(0, firstStated);
    for (const [i, field] of leading.entries()) lines.push(...this.#readValue(field.node, `x${i}`, mode));
    const literal = `{ ${leading.map(({ name }, i) => `${propertyName(name)}: x${i}`).join(', ')} }`;
    const kept = core.others === 'kept' && core.other !== undefined;
    if (firstStated < 0 && !kept) return [...lines, `return ${leading.length === 0 ? '{}' : literal};`];
    lines.push(
      `const o${this.options.typed ? ': Record<string, unknown>' : ''} = ${leading.length === 0 ? '{}' : literal};`,
    );
    for (let i = leading.length; i < fields.length; i++) {
      const field = fields[i] as Field;
      if (hasState(field)) lines.push(...this.#readField(field, i, stated.indexOf(field), mode));
      else lines.push(...this.#readValue(field.node, `x${i}`, mode), `${property('o', field.name)} = x${i};`);
    }
    if (kept && core.other !== undefined) {
      lines.push(
        'for (let n = r.size(); n > 0; n--) {',
        indent([
          `const name = ${this.#use('otherKey')}(r, ${this.#names(core)});`,
          ...this.#readStated(core.other, 'x', mode),
          'o[name] = x;',
        ]),
        '}',
      );
    }
    return [...lines, 'return o;'];
  }

  #readField(field: Field, i: number, at: number, mode: Mode): readonly string[] {
    const { node, name } = field;
    const shift = 2 * (at % 4);
    const head = `h${Math.floor(at / 4)}`;
    const state = shift === 0 ? `${head} & 3` : `(${head} >>> ${shift}) & 3`;
    const set = (value: string) => `${property('o', name)} = ${value};`;
    return [
      `switch (${state}) {`,
      '  case 3: {',
      indent(indentLines([...this.#readValue(node, `x${i}`, mode), set(`x${i}`), 'break;'])),
      '  }',
      '  case 0:',
      indent(indentLines([...this.#absent(field, i, mode), 'break;'])),
      '  case 1:',
      `    ${node.undefinedOk ? set(this.#nullish(node, 'undefined', mode)) : `${this.#use('reject')}();`}`,
      '    break;',
      '  default:',
      `    ${node.nullOk ? set(this.#nullish(node, 'null', mode)) : `${this.#use('reject')}();`}`,
      '}',
    ];
  }

  #absent({ node, name, absent }: Field, i: number, mode: Mode): readonly string[] {
    const set = (value: string) => `${property('o', name)} = ${value};`;
    if (absent === 'refused') return [`${this.#use('reject')}();`];
    if (mode === 'read' || absent === 'left-out') return [];
    const schema = this.#schema(node.place);
    if (absent === 'substituted') return [set(`${this.#use('judged')}(${schema}, undefined)`)];
    const judge = absent === 'tried' ? 'judgedAbsent' : 'judged';
    return [
      `const d${i} = ${this.#use(judge)}(${schema}${absent === 'tried' ? '' : ', undefined'});`,
      `if (d${i} !== undefined) ${set(`d${i}`)}`,
    ];
  }
}

function isWrapped(node: Node): boolean {
  return node.judged || node.layers.length > 0;
}

function isClass({ schema }: Node): boolean {
  return schema._zod.def.type === 'custom';
}

/** What a type refuses besides its checks. */
function baseRefusals(schema: $ZodType, core: Core, x: string): readonly string[] {
  if (core.kind === 'num') {
    return schema._zod.def.type === 'nan' ? [`${x} === ${x}`] : [`${x} - ${x} !== 0`];
  }
  if (core.kind === 'date' && schema._zod.def.type === 'date') return [`Number.isNaN(${x}.getTime())`];
  return [];
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

function literal(value: Literal): string {
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'bigint') return `${value}n`;
  return typeof value === 'number' ? numberText(value) : String(value);
}

function quote(text: string): string {
  const json = JSON.stringify(text).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
  return `'${json.slice(1, -1).replaceAll("'", "\\'").replaceAll('\\"', '"')}'`;
}

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

function property(object: string, name: string): string {
  return IDENTIFIER.test(name) ? `${object}.${name}` : `${object}[${quote(name)}]`;
}

function propertyName(name: string): string {
  return IDENTIFIER.test(name) ? name : quote(name);
}

function indentLines(lines: readonly string[]): readonly string[] {
  return lines.flatMap((line) => line.split('\n')).map((line) => `  ${line}`);
}

function indent(lines: readonly string[]): string {
  return indentLines(lines).join('\n');
}
