/**
 * Contracts as teams have them, as text: services of fifty methods over objects of two to six properties, some
 * nested, some shared, a few with user code in them. With each schema comes a value of it, so that the same calls and
 * handlers can be written for every method.
 */
import { random } from './random.mjs';

/** Schemas that all services share. */
const MODELS = `import { z } from 'zod';

export const Address = z.object({
  street: z.string().min(1),
  zip: z.string().regex(/^[0-9]{4,6}$/),
  city: z.string(),
  country: z.enum(['at', 'de', 'fr', 'it', 'pl']),
  note: z.string().optional(),
});
export const Money = z.object({ amount: z.bigint(), currency: z.enum(['eur', 'usd', 'gbp']) });
export const Customer = z.object({
  id: z.uuid(),
  name: z.string(),
  email: z.email(),
  address: Address,
  tags: z.array(z.string()).default([]),
});
export const Payment = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('card'), last4: z.string().length(4), expires: z.iso.date() }),
  z.object({ kind: z.literal('transfer'), iban: z.string(), bic: z.string().optional() }),
  z.object({ kind: z.literal('voucher'), code: z.string(), value: Money }),
]);
`;

const ADDRESS = "{ street: 'a', zip: '1234', city: 'b', country: 'at' as const }";
const MONEY = "{ amount: 5n, currency: 'eur' as const }";
const UUID = "'0189f7e4-3c4e-7c1a-9f6a-3b1a2f8d4c5e'";

/** Leaves and models: the schema, and a value for it. */
const FIELDS = [
  ['z.string()', "'text'"],
  ['z.string().min(1).max(80)', "'text'"],
  ['z.uuid()', UUID],
  ['z.int()', '3'],
  ['z.number().positive()', '1.5'],
  ['z.boolean()', 'true'],
  ['z.date()', 'new Date(0)'],
  ["z.enum(['open', 'paid', 'sent', 'closed'])", "'open' as const"],
  ['z.string().optional()', "'text'"],
  ['z.int().default(1)', '2'],
  ['z.string().nullable()', 'null'],
  ['z.array(z.string())', "['a']"],
  ['z.record(z.string(), z.number())', '{ a: 1 }'],
  ['z.union([z.string(), z.int()])', '7'],
  ['Address', ADDRESS],
  ['Money', MONEY],
  ['z.array(Money)', `[${MONEY}]`],
  ['Customer', `{ id: ${UUID}, name: 'n', email: 'a@b.at', address: ${ADDRESS}, tags: [] }`],
  ['Payment', "{ kind: 'card' as const, last4: '1234', expires: '2030-01-01' }"],
];
/** What only the compiler knows the type of; rarer. */
const OPAQUE_FIELDS = [
  ["z.string().refine((text) => text !== 'forbidden')", "'text'"],
  ["z.string().brand<'Reference'>()", "'text'"],
];
const NAMES = [
  'id',
  'name',
  'state',
  'total',
  'items',
  'owner',
  'created',
  'labels',
  'target',
  'amount',
  'source',
  'kind',
];

/**
 * @param {number} services
 * @param {number} methods of each service
 * @returns files by name: `models.ts`, and `s<i>.service.ts`; and the services with what is needed to use them.
 */
export function contractSet(services, methods) {
  const files = { 'models.ts': MODELS };
  const uses = [];
  for (let i = 0; i < services; i++) {
    const made = service(i, methods);
    files[`s${i}.service.ts`] = made.text;
    uses.push(made);
  }
  return { files, services: uses };
}

function service(index, count) {
  const dice = random(index + 1);
  const name = `s${index}`;
  const methods = [];
  for (let i = 0; i < count; i++) {
    const input = object(dice, 0, true);
    // A branded value cannot be written down, and a handler returns what goes into the schema.
    const output = object(dice, 0, true);
    const hasError = dice.chance(0.3);
    methods.push({
      name: `${dice.pick(['get', 'put', 'list', 'find', 'close'])}${NAMES[i % NAMES.length]}${i}`,
      input,
      output,
      hasError,
    });
  }
  const text = [
    "import { defineService } from '@doorcall/core';",
    "import { z } from 'zod';",
    "import { Address, Customer, Money, Payment } from './models.js';",
    '',
    'export const used = [Address, Customer, Money, Payment];',
    `export const ${name} = defineService('${name}', {`,
    ...methods.map(({ name, input, output, hasError }) =>
      [
        `  ${name}: {`,
        `    input: ${input.schema},`,
        `    output: ${output.schema},`,
        ...(hasError
          ? [
              "    errors: { MISSING: { code: 'NOT_FOUND', data: z.object({ id: z.string(), since: z.date() }) } },",
            ]
          : []),
        '  },',
      ].join('\n'),
    ),
    '});',
    '',
  ].join('\n');
  return { name, text, methods };
}

function object(dice, depth, isRoot) {
  const count = isRoot ? 2 + dice.below(5) : 2 + dice.below(3);
  const fields = [];
  for (let i = 0; i < count; i++) {
    const name = NAMES[i];
    const [schema, value] = field(dice, depth);
    fields.push({ name, schema, value });
  }
  return {
    schema: `z.object({ ${fields.map(({ name, schema }) => `${name}: ${schema}`).join(', ')} })`,
    value: `{ ${fields.map(({ name, value }) => `${name}: ${value}`).join(', ')} }`,
    first: fields[0].name,
  };
}

function field(dice, depth) {
  if (depth < 2 && dice.chance(0.1)) {
    const inner = object(dice, depth + 1, false);
    return dice.chance(0.5) ? [inner.schema, inner.value] : [`z.array(${inner.schema})`, `[${inner.value}]`];
  }
  return dice.chance(0.02) ? dice.pick(OPAQUE_FIELDS) : dice.pick(FIELDS);
}

/**
 * A client and a server of a service: every method is called once, and has a handler.
 *
 * @param {string} from module that the service is imported from
 */
export function useOf({ name, methods }, from) {
  return [
    "import { connect, isRpcError, serve } from '@doorcall/core';",
    `import { ${name} } from '${from}';`,
    '',
    `const client = connect(${name});`,
    '',
    'export async function calls() {',
    '  const seen: unknown[] = [];',
    ...methods.flatMap((method, i) => [
      `  const r${i} = await client.${method.name}(${method.input.value});`,
      `  seen.push(r${i}.${method.output.first});`,
      ...(method.hasError
        ? [
            `  if (isRpcError(seen[0], ${name}.${method.name}, 'MISSING')) seen.push(seen[0].data.since.getTime());`,
          ]
        : []),
    ]),
    '  return seen;',
    '}',
    '',
    `export const server = serve(${name}, {`,
    ...methods.map(
      (method) =>
        `  async ${method.name}(input, ctx) {\n    ctx.signal.throwIfAborted();\n    void input.${method.input.first};\n    return ${method.output.value};\n  },`,
    ),
    '});',
    '',
  ].join('\n');
}
