import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../shm/support/places.js';
import { type Actor, launch } from './support/actor.js';

type Version = 'v1' | 'v2';

/** What a client of one version gets of a server of another. */
interface Row {
  readonly what: string;
  readonly method: string;
  /** An expression. */
  readonly input?: string;
  /** Old client, old server. */
  readonly v1v1: string;
  /** Old client, new server. */
  readonly v1v2: string;
  /** New client, old server. */
  readonly v2v1: string;
  /** New client, new server. */
  readonly v2v2: string;
}

const everywhere = (ending: string) => ({ v1v1: ending, v1v2: ending, v2v1: ending, v2v2: ending });
/** A handler's answer: what it has seen, twice JSON. */
const saw = (value: unknown) => JSON.stringify(JSON.stringify(value));
const differs = (method: string, how: string) =>
  `FAILED_PRECONDITION: client and server mean different things by shop/${method}: ${how}`;
const missing = (method: string) => `UNIMPLEMENTED: the server that was found has no method shop/${method}`;
const absent = 'this client has no such method';

const ROWS: readonly Row[] = [
  { what: 'no change', method: 'same', input: "{ sku: 'A' }", ...everywhere(saw({ sku: 'A' })) },
  {
    what: 'a key with a default was added',
    method: 'defaultAdded',
    input: "{ sku: 'A' }",
    v1v1: saw({ sku: 'A' }),
    v1v2: saw({ count: 1, sku: 'A' }),
    v2v1: saw({ sku: 'A' }),
    v2v2: saw({ count: 1, sku: 'A' }),
  },
  {
    what: 'an optional key was added, and is sent',
    method: 'optionalAdded',
    input: "{ sku: 'A', note: 'n' }",
    v1v1: saw({ sku: 'A' }),
    v1v2: saw({ sku: 'A', note: 'n' }),
    v2v1: saw({ sku: 'A' }),
    v2v2: saw({ sku: 'A', note: 'n' }),
  },
  {
    what: 'a key became optional, and is sent',
    method: 'becameOptional',
    input: "{ sku: 'A', note: 'n' }",
    ...everywhere(saw({ sku: 'A', note: 'n' })),
  },
  {
    what: 'a key became optional, and is not sent',
    method: 'becameOptional',
    input: "{ sku: 'A' }",
    v1v1: 'INVALID_ARGUMENT at /note',
    v1v2: saw({ sku: 'A' }),
    v2v1: 'INVALID_ARGUMENT at /note',
    v2v2: saw({ sku: 'A' }),
  },
  {
    what: 'an enum got a value: another',
    method: 'enumWidened',
    input: "'paid'",
    ...everywhere(saw('paid')),
  },
  {
    what: 'an enum got a value: that one',
    method: 'enumWidened',
    input: "'sent'",
    v1v1: 'INVALID_ARGUMENT at /',
    v1v2: saw('sent'),
    v2v1: 'INVALID_ARGUMENT at /',
    v2v2: saw('sent'),
  },
  {
    what: 'a union got an option: another',
    method: 'optionAdded',
    input: '{ by: new Date(0) }',
    ...everywhere(saw({ by: new Date(0) })),
  },
  {
    what: 'a union got an option: that one',
    method: 'optionAdded',
    input: '{ by: 7n }',
    v1v1: 'INVALID_ARGUMENT at /by',
    v1v2: saw({ by: '7n' }),
    v2v1: 'INVALID_ARGUMENT at /by',
    v2v2: saw({ by: '7n' }),
  },
  {
    what: 'a required key was added',
    method: 'keyAdded',
    input: "{ sku: 'A', at: new Date(0) }",
    v1v1: saw({ sku: 'A' }),
    v1v2: differs('keyAdded', 'input.at: server takes it always, client sends it never'),
    v2v1: saw({ sku: 'A' }),
    v2v2: saw({ sku: 'A', at: new Date(0) }),
  },
  {
    what: 'a required key was removed',
    method: 'keyRemoved',
    input: "{ sku: 'A', old: 1n }",
    v1v1: saw({ sku: 'A', old: '1n' }),
    v1v2: saw({ sku: 'A' }),
    v2v1: differs('keyRemoved', 'input.old: server takes it always, client sends it never'),
    v2v2: saw({ sku: 'A' }),
  },
  {
    what: 'an optional key was removed',
    method: 'optionalRemoved',
    input: "{ sku: 'A', old: 1n }",
    v1v1: saw({ sku: 'A', old: '1n' }),
    v1v2: saw({ sku: 'A' }),
    // What a client passes beyond its own contract is no business of codecs: msgpack sends it, as JSON would.
    v2v1: saw({ sku: 'A', old: '1n' }),
    v2v2: saw({ sku: 'A' }),
  },
  {
    what: 'keys stand in another order',
    method: 'keysReordered',
    input: "{ b: 'B', a: 'A' }",
    v1v1: saw({ a: 'A', b: 'B' }),
    v1v2: saw({ b: 'B', a: 'A' }),
    v2v1: saw({ a: 'A', b: 'B' }),
    v2v2: saw({ b: 'B', a: 'A' }),
  },
  {
    what: 'a type was changed: to a server of the old one',
    method: 'typeChanged',
    input: '{ lines: [{ count: 1 }] }',
    v1v1: saw({ lines: [{ count: 1 }] }),
    v1v2: differs('typeChanged', 'input.lines[].count: client sends number, server takes bigint'),
    v2v1: differs('typeChanged', 'input.lines[].count: client sends bigint, server takes number'),
    v2v2: 'INVALID_ARGUMENT at /lines/0/count',
  },
  {
    what: 'a range was narrowed: within both',
    method: 'rangeNarrowed',
    input: '5',
    ...everywhere(saw(5)),
  },
  {
    what: 'a range was narrowed: within the old one',
    method: 'rangeNarrowed',
    input: '50',
    v1v1: saw(50),
    v1v2: 'INVALID_ARGUMENT at /',
    v2v1: saw(50),
    v2v2: 'INVALID_ARGUMENT at /',
  },
  {
    what: 'an optional key was added to the output',
    method: 'outputOptionalAdded',
    v1v1: '{"id":"one"}',
    v1v2: '{"id":"one","eta":"1970-01-01T00:00:00.000Z"}',
    v2v1: '{"id":"one"}',
    v2v2: '{"id":"one","eta":"1970-01-01T00:00:00.000Z"}',
  },
  {
    what: 'a required key was added to the output',
    method: 'outputKeyAdded',
    v1v1: '{"id":"one"}',
    v1v2: '{"id":"one","eta":"1970-01-01T00:00:00.000Z"}',
    v2v1: differs('outputKeyAdded', 'output.eta: client expects it always, server answers it never'),
    v2v2: '{"id":"one","eta":"1970-01-01T00:00:00.000Z"}',
  },
  {
    what: 'an enum of the output got a value',
    method: 'outputEnumWidened',
    v1v1: '"paid"',
    v1v2: differs(
      'outputEnumWidened',
      'output: server answers "open" | "paid" | "sent", client expects "open" | "paid"',
    ),
    v2v1: '"paid"',
    v2v2: '"paid"',
  },
  {
    what: 'an error was added',
    method: 'errorAdded',
    v1v1: 'undefined',
    v1v2: 'ABORTED LATE {"by":5}',
    v2v1: 'undefined',
    v2v2: 'ABORTED LATE {"by":5}',
  },
  {
    what: 'the data of an error was changed',
    method: 'errorDataChanged',
    v1v1: 'ABORTED LATE {"by":5}',
    v1v2: differs('errorDataChanged', 'error LATE.by: server answers bigint, client expects number'),
    v2v1: differs('errorDataChanged', 'error LATE.by: server answers number, client expects bigint'),
    v2v2: 'ABORTED LATE {"by":"5n"}',
  },
  {
    what: 'an enum of a one-way call got a value',
    method: 'note',
    input: "'paid'",
    v1v1: 'undefined',
    v1v2: 'undefined',
    v2v1: differs('note', 'input: client sends "open" | "paid" | "sent", server takes "open" | "paid"'),
    v2v2: 'undefined',
  },
  {
    what: 'and nothing else was noted',
    method: 'noted',
    v1v1: '["paid"]',
    v1v2: '["paid"]',
    v2v1: '[]',
    v2v2: '["paid"]',
  },
  {
    what: 'a call is not answered any more',
    method: 'becameOneway',
    input: "'x'",
    v1v1: 'undefined',
    v1v2: differs('becameOneway', 'the client has a unary method, the server a oneway one'),
    v2v1: differs('becameOneway', 'the client has a oneway method, the server a unary one'),
    v2v2: 'undefined',
  },
  {
    what: 'a method was removed',
    method: 'removed',
    v1v1: '"undefined"',
    v1v2: missing('removed'),
    v2v1: absent,
    v2v2: absent,
  },
  {
    what: 'a method was added',
    method: 'added',
    v1v1: absent,
    v1v2: absent,
    v2v1: missing('added'),
    v2v2: '"undefined"',
  },
];

const kinds = (method: string, client: string, server: string) =>
  `FAILED_PRECONDITION: client and server mean different things by shop/${method}: ` +
  `the client has a ${client} method, the server a ${server} one`;

/** Methods that stream in one version at least: they have no blocking form. */
const STREAMS: readonly Row[] = [
  {
    what: 'an enum of the items of an input got a value: another',
    method: 'inputItemWidened',
    input: "['open', 'paid']",
    v1v1: saw(['open', 'paid']),
    v1v2: saw(['open', 'paid']),
    v2v1: saw(['open', 'paid']),
    v2v2: saw(['open', 'paid']),
  },
  {
    what: 'an enum of the items of an input got a value: that one',
    method: 'inputItemWidened',
    input: "['open', 'sent']",
    v1v1: 'INVALID_ARGUMENT at /1',
    v1v2: saw(['open', 'sent']),
    v2v1: 'INVALID_ARGUMENT at /1',
    v2v2: saw(['open', 'sent']),
  },
  {
    what: 'a required key was added to the items of an input',
    method: 'inputItemKeyAdded',
    input: "[{ sku: 'A', at: new Date(0) }]",
    v1v1: saw([{ sku: 'A' }]),
    v1v2: differs('inputItemKeyAdded', 'input.at: server takes it always, client sends it never'),
    v2v1: saw([{ sku: 'A' }]),
    v2v2: saw([{ sku: 'A', at: new Date(0) }]),
  },
  {
    what: 'an enum of the items of an output got a value',
    method: 'outputItemWidened',
    v1v1: '["open","paid"]',
    v1v2: differs(
      'outputItemWidened',
      'output: server answers "open" | "paid" | "sent", client expects "open" | "paid"',
    ),
    v2v1: '["open","paid"]',
    v2v2: '["open","paid"]',
  },
  {
    what: 'an optional key was added to the items of an output',
    method: 'outputItemOptionalAdded',
    v1v1: '[{"id":"one"}]',
    v1v2: '[{"id":"one","eta":"1970-01-01T00:00:00.000Z"}]',
    v2v1: '[{"id":"one"}]',
    v2v2: '[{"id":"one","eta":"1970-01-01T00:00:00.000Z"}]',
  },
  {
    what: 'an output became a stream',
    method: 'becameServerStreaming',
    v1v1: '"one"',
    v1v2: kinds('becameServerStreaming', 'unary', 'server-streaming'),
    v2v1: kinds('becameServerStreaming', 'server-streaming', 'unary'),
    v2v2: '["one","two"]',
  },
  {
    what: 'an input became a stream: as it was called before',
    method: 'becameClientStreaming',
    input: "'ab'",
    v1v1: saw('ab'),
    v1v2: kinds('becameClientStreaming', 'unary', 'client-streaming'),
    // A text is no stream: the client need not ask anybody.
    v2v1: 'INVALID_ARGUMENT: shop/becameClientStreaming: its input is a stream, so it takes an iterable of items, not this string',
    v2v2: 'INVALID_ARGUMENT: shop/becameClientStreaming: its input is a stream, so it takes an iterable of items, not this string',
  },
  {
    what: 'an input became a stream: as it is called now',
    method: 'becameClientStreaming',
    input: "['ab']",
    v1v1: 'INVALID_ARGUMENT at /',
    v1v2: kinds('becameClientStreaming', 'unary', 'client-streaming'),
    v2v1: kinds('becameClientStreaming', 'client-streaming', 'unary'),
    v2v2: saw(['ab']),
  },
  {
    what: 'an input became a stream, too',
    method: 'becameBidiStreaming',
    input: "['ab']",
    v1v1: 'INVALID_ARGUMENT at /',
    v1v2: kinds('becameBidiStreaming', 'server-streaming', 'bidi-streaming'),
    v2v1: kinds('becameBidiStreaming', 'bidi-streaming', 'server-streaming'),
    v2v2: '["ab"]',
  },
];

interface Side {
  readonly version: Version;
  /** With code that was generated from the contract. */
  readonly generated: boolean;
}

async function start(client: Side, server: Side): Promise<readonly [Actor, Actor]> {
  const directory = temporaryFolder();
  const serving = launch('versions/server.mjs', { directory, ...server });
  await serving.event('listening');
  const calling = launch('versions/client.mjs', { directory, ...client });
  await calling.tell('ready');
  return [calling, serving];
}

const VERSIONS: readonly (readonly [Version, Version])[] = [
  ['v1', 'v1'],
  ['v1', 'v2'],
  ['v2', 'v1'],
  ['v2', 'v2'],
];
const CODE: readonly (readonly [boolean, boolean])[] = [
  [false, false],
  [true, true],
  [true, false],
  [false, true],
];

describe.each(CODE)('client with generated code: %s, server with: %s', (clientGenerated, serverGenerated) => {
  test.each(VERSIONS)('a client of %s and a server of %s', async (clientVersion, serverVersion) => {
    const [client, server] = await start(
      { version: clientVersion, generated: clientGenerated },
      { version: serverVersion, generated: serverGenerated },
    );
    const combination = `${clientVersion}${serverVersion}` as const;
    const rows = ROWS.filter((row) => row[combination] !== absent);
    for (const blocking of [false, true]) {
      const endings: string[] = [];
      for (const { method, input = 'undefined' } of rows) {
        // A one-way call has no blocking form.
        const oneway = method === 'note' || (method === 'becameOneway' && clientVersion === 'v2');
        if (blocking && method === 'noted') endings.push('');
        else endings.push(await client.tell('call', { method, input, blocking: blocking && !oneway }));
      }
      const expected = rows.map((row) => (blocking && row.method === 'noted' ? '' : row[combination]));
      const shown = (list: readonly string[]) => rows.map(({ what }, i) => `${what}: ${list[i]}`);
      expect(shown(endings)).toEqual(shown(expected));
    }
    const streams: string[] = [];
    for (const { method, input = 'undefined' } of STREAMS)
      streams.push(await client.tell('call', { method, input, blocking: false }));
    const shown = (list: readonly string[]) => STREAMS.map(({ what }, i) => `${what}: ${list[i]}`);
    expect(shown(streams)).toEqual(shown(STREAMS.map((row) => row[combination])));
    // Generated code is used exactly where both sides have the same of it.
    const used = clientGenerated && serverGenerated && clientVersion === serverVersion;
    const { writes } = await client.tell<{ writes: number }>('generatedCode');
    const { parses } = await server.tell<{ parses: number }>('generatedCode');
    expect([writes > 0, parses > 0]).toEqual([used, used]);
  });
});
