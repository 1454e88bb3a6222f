// biome-ignore-all lint/suspicious/noTemplateCurlyInString: texts of sources.
// Guards of the TypeScript layers that a hostile peer's rows are for, each taken out. See docs/reliability.md.
//
//   name        unique; `--only` finds it
//   file        below packages/core/src
//   from, to    exact text of the file, which must occur once, and what stands there instead
//   what        what is wrong then
//   role, rows  whom the peer plays, and which rows should notice: a pattern for their names (packages/core/test/hostile)
const server = [
  {
    file: 'server/dispatcher.ts',
    mutants: [
      {
        name: 'goaway-then-call',
        from: `    if (drain.callsAreOver) {
      this.#leaveTurn();`,
        to: `    if (plan === null) {
      this.#leaveTurn();`,
        what: 'a client that has said goaway calls on',
        rows: 'a call after its goaway',
      },
      {
        name: 'call-id-in-use',
        from: 'running.has(callId) || this.#inputs.has(callId)',
        to: 'this.#inputs.has(callId)',
        what: 'two calls with one id',
        rows: 'one that is in use',
      },
      {
        name: 'call-id-of-an-open-input',
        from: 'running.has(callId) || this.#inputs.has(callId)',
        to: 'running.has(callId)',
        what: 'the id of a call whose input is open',
        rows: 'one whose input is still open',
      },
      {
        name: 'oneway-beyond-credit',
        from: '} else if (!credited) {',
        to: '} else if (plan === null) {',
        what: 'more one-way messages than credit',
        rows: 'more one-way messages than credit',
      },
      {
        name: 'input-violation-ignored',
        from: `bytes, start, end);
    if (violation !== undefined) this.violated(violation);`,
        to: 'bytes, start, end);',
        what: 'items for calls without an input',
        rows: 'an item for a call',
      },
      {
        name: 'input-end-violation-ignored',
        from: `const violation = this.#inputs.end(callId);
    if (violation !== undefined) this.violated(violation);`,
        to: 'this.#inputs.end(callId);',
        what: 'ends of inputs that are not',
        rows: 'the end of an input that is not',
      },
      {
        name: 'damaged-beside-a-call',
        from: 'this.violated(`sent damaged metadata or attachments: ${error.message}`);',
        to: '',
        what: 'damaged metadata and tables',
        rows: 'metadata that is none|a table cut off',
      },
      {
        name: 'door-never-given',
        from: 'if (door === undefined && !doors.wasGiven(id))',
        to: 'if (door === null)',
        what: 'calls of doors that nobody gave',
        rows: 'a door that was never given',
      },
    ],
  },
  {
    file: 'server/input-streams.ts',
    mutants: [
      {
        name: 'input-ended-in-an-item',
        from: "if (stream.inItem) return 'ended an input in the midst of an item';",
        to: '',
        what: 'half an item counts as none',
        rows: 'an end in the midst of an item',
      },
    ],
  },
  {
    file: 'server/session.ts',
    mutants: [
      {
        name: 'server-unknown-kinds',
        from: 'this.#dispatcher.violated(`sent a message of kind ${kind}`);',
        to: '',
        what: 'kinds that nobody knows, or that only a server sends',
        rows: 'kind 17|the reply that only a server sends',
      },
      {
        name: 'server-door-release',
        from: 'if (violation !== undefined) this.#dispatcher.violated(violation);',
        to: '',
        what: 'doors given back that are not held',
        rows: 'the release of a door that is not held',
      },
    ],
  },
  {
    file: 'stream/incoming.ts',
    mutants: [
      {
        name: 'stream-bytes-beyond-credit',
        from: `this.#inItem = more;
    if (this.#usedBytes > this.window.bytes || this.#usedItems > this.window.items)`,
        to: `this.#inItem = more;
    if (this.#usedItems > this.window.items)`,
        what: 'more bytes of a stream than credit',
        rows: 'more bytes of a stream than credit',
      },
      {
        name: 'stream-items-beyond-credit',
        from: `this.#inItem = more;
    if (this.#usedBytes > this.window.bytes || this.#usedItems > this.window.items)`,
        to: `this.#inItem = more;
    if (this.#usedBytes > this.window.bytes)`,
        what: 'more items of a stream than credit',
        rows: 'more items of a stream than credit',
      },
      {
        name: 'bundle-of-none',
        from: 'return found === items && items > 1 ? undefined',
        to: 'return found === items ? undefined',
        what: 'a bundle that nothing is in',
        rows: 'a bundle of none',
      },
      {
        name: 'bundle-count',
        from: 'return found === items && items > 1 ? undefined',
        to: 'return items > 1 ? undefined',
        what: 'a bundle with another number of items than it says',
        rows: 'a bundle of more items than there are|a bundle whose item is longer',
      },
    ],
  },
  {
    file: 'stream/outgoing.ts',
    mutants: [
      {
        name: 'stream-credit-beyond-window',
        from: 'if (this.#bytes > this.window.bytes || this.#items > this.window.items) return false;',
        to: '',
        what: 'more credit for a stream than its window',
        rows: 'credit beyond the window',
      },
      {
        name: 'stream-credit-for-a-byte',
        from: 'this.#bytes > this.window.bytes || this.#items',
        to: 'this.#items',
        what: 'credit for bytes that were not sent',
        rows: 'credit for one byte more',
      },
      {
        name: 'stream-credit-for-an-item',
        from: '|| this.#items > this.window.items) return false',
        to: ') return false',
        what: 'credit for items that were not sent',
        rows: 'credit for one item more',
      },
      {
        name: 'stream-credit-for-two-items',
        from: '|| this.#items > this.window.items) return false',
        to: '|| this.#items > this.window.items + 1) return false',
        what: 'credit for one item that was not sent',
        rows: 'a window of one item, and credit for two',
      },
    ],
  },
  {
    file: 'codec/metadata.ts',
    mutants: [
      {
        name: 'metadata-length',
        from: 'if (size > MAX_METADATA_BYTES || blockEnd > block.length) throw damaged();',
        to: 'if (blockEnd > block.length) return { metadata: {}, bodyStart: end };',
        what: 'metadata longer than its message count as none',
        rows: 'metadata longer than the message',
      },
    ],
  },
  {
    file: 'attach/table.ts',
    mutants: [
      {
        name: 'table-kinds',
        from: "throw damaged('has an entry of an unknown kind');",
        to: "return { kind: 'door', door: 1 };",
        what: 'attachments of a kind that nobody knows',
        rows: 'an attachment of an unknown kind',
      },
    ],
  },
  {
    file: 'attach/doors.ts',
    mutants: [
      {
        name: 'door-zero',
        from: 'return id > 0 && id <= this.#lastId;',
        to: 'return id <= this.#lastId;',
        what: 'a call of door 0',
        rows: 'a door without a number',
      },
    ],
  },
  {
    file: 'transport/shm/admission.ts',
    mutants: [
      {
        name: 'another-service',
        from: "return { code: 'UNIMPLEMENTED', message: `this is ${hello.service}, not ${service}` };",
        to: '',
        what: 'clients of another service are let in',
        rows: 'another service',
      },
    ],
  },
];

const client = [
  {
    file: 'client/link.ts',
    mutants: [
      {
        name: 'client-unknown-kinds',
        from: 'this.#violated(`sent a message of kind ${kind}`);',
        to: '',
        what: 'kinds that nobody knows, or that only a client sends',
        rows: 'kind 17|the request that only a client sends',
      },
      {
        name: 'client-door-release',
        from: 'this.#check(attachmentsOf(this.connection).doors.takeBack(callId, aux));',
        to: 'attachmentsOf(this.connection).doors.takeBack(callId, aux);',
        what: 'doors given back that are not held',
        rows: 'the release of a door that is not held',
      },
      {
        name: 'client-oneway-credit',
        from: "this.#violated('gave more credit than its window');",
        to: '{}',
        what: 'credit for one-way messages beyond the window',
        rows: 'credit for one-way messages beyond the window',
      },
      {
        name: 'client-oneway-credit-by-one',
        from: 'this.#credits > this.connection.remote.onewayWindow',
        to: 'this.#credits > this.connection.remote.onewayWindow + 1',
        what: 'credit for one one-way message that was not sent',
        rows: 'credit for two one-way messages, not one|one one-way message at a time, and credit for two',
      },
      {
        name: 'answer-to-nobody',
        from: 'this.#violated(`answered call ${callId}, which is not open`);',
        to: '',
        what: 'answers to calls that never were',
        rows: 'an answer to a call that never was|two answers',
      },
      {
        name: 'output-ended-in-an-item',
        from: '(entry as StreamCall).inItem) {',
        to: '(entry as StreamCall).inItem && callId < 0) {',
        what: 'half an item counts as none',
        rows: 'the end of a stream in the midst of an item',
      },
      {
        name: 'output-violation-ignored',
        from: 'this.#check(this.#flights.receive(callId, flags, method, bytes, start, end));',
        to: 'this.#flights.receive(callId, flags, method, bytes, start, end);',
        what: 'more items of an output than credit, damaged bundles',
        rows: 'more items than credit|a bundle of more items than there are',
      },
    ],
  },
  {
    file: 'client/flights.ts',
    mutants: [
      {
        name: 'item-for-nobody',
        from: 'return `sent an item for call ${callId}, which has no open output`;',
        to: 'return undefined;',
        what: 'items for calls without an output',
        rows: 'an item for a call without an output',
      },
      {
        name: 'credit-for-nobody',
        from: 'return `gave credit to call ${callId}, which has no input stream`;',
        to: 'return undefined;',
        what: 'credit for calls without an input',
        rows: 'credit for a call without an input',
      },
      {
        name: 'input-credit-violation-ignored',
        from: 'if (!entry.settled) return (entry as StreamCall).grant(bytes, items);',
        to: 'if (!entry.settled) (entry as StreamCall).grant(bytes, items);',
        what: 'more credit for an input than its window',
        rows: 'credit beyond the window of an input',
      },
    ],
  },
  {
    file: 'client/answer.ts',
    mutants: [
      {
        name: 'damaged-beside-an-answer',
        from: "if (code !== 'RESOURCE_EXHAUSTED') connection.fail(`sent damaged attachments: ${message}`);",
        to: '',
        what: 'damaged tables of an answer',
        rows: 'a table longer than the message',
      },
    ],
  },
  {
    file: 'client/pool.ts',
    mutants: [
      {
        name: 'unreadable-contract-untold',
        from: 'this.#violations.add(connection.peer, `${link.key} ${message}: ${String(thrown)}`);',
        to: '',
        what: 'nobody reads which server has a contract that is none',
        rows: 'another contract that is no contract',
      },
    ],
  },
];

const of = (role, tables) =>
  tables.flatMap(({ file, mutants }) => mutants.map((mutant) => ({ file, role, ...mutant })));

export const hostileMutants = [...of('client', server), ...of('server', client)];
