// The process whose clients are attacked by servers. Meanwhile it is a polite client of an honest one.
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { closeSync, openSync } from 'node:fs';
import { connect } from '../../../dist/index.js';
import { keepingLogger, obey, prototypes, violationsOf } from './commands.mjs';
import { target } from './contract.mjs';
import { Polite } from './polite.mjs';

const polite = new Polite();
const count = violationsOf('client');
let attacked;
let calling = false;
const SHORTLY = { timeoutMs: 500 };

const makeCall = {
  echo: (client) => client.echo('hello'),
  mirror: (client) => client.mirror('hello'),
  big: (client) => client.big('x'.repeat(200_000)),
  upload: (client) => client.upload(endless()),
  drip: (client) => client.upload(one()),
  async keep(client) {
    const file = openSync('/dev/null');
    try {
      return await client.keep(file);
    } finally {
      closeSync(file);
    }
  },
  async keepAfterEcho(client) {
    await makeCall.echo(client);
    return makeCall.keep(client);
  },
  async noted(client) {
    await client.note('hello');
    return makeCall.echo(client);
  },
  /** Reads no further than the first item before the connection is closed: credit is given for nothing. */
  async watch(client) {
    const closed = connectionClosed();
    const items = client.watch('hello')[Symbol.asyncIterator]();
    const first = items.next();
    first.catch(() => {});
    await closed;
    await first;
    while (!(await items.next()).done);
  },
};

function connectionClosed() {
  return new Promise((resolve) => {
    const hear = ({ state }) => {
      if (state !== 'closed') return;
      unsubscribe('doorcall:client:connection', hear);
      resolve();
    };
    subscribe('doorcall:client:connection', hear);
  });
}

async function* endless() {
  for (;;) yield 'x'.repeat(1000);
}

/** And nothing more, without an end. */
async function* one() {
  yield 'x';
  await new Promise(() => {});
}

async function* few() {
  for (let i = 0; i < 10; i++) yield 'x'.repeat(100);
}

async function all(stream) {
  for await (const _ of stream);
}

/** The thread sleeps on a word of the server's. */
function blocking(client) {
  try {
    client.echo.sync('hello', { timeoutMs: 50 });
  } catch {
    // However it ends, it ends.
  }
}

obey({
  attach: ({ directory }) => polite.attach(directory),
  detach: () => polite.detach(),
  after: ({ calls }) => polite.after(calls),
  open({ directory, connectTimeoutMs }) {
    const lines = [];
    const logger = keepingLogger(lines);
    const client = connect(target, { directory, logger, connectTimeoutMs, acceptFds: 1 });
    attacked = { client, lines };
  },
  /** How a call ends. */
  async call({ method }) {
    try {
      return { code: 'OK', value: String(await makeCall[method](attacked.client)) };
    } catch ({ code, message, maybeExecuted, origin }) {
      return { code, message, maybeExecuted, origin };
    }
  },
  /** All kinds of calls to a server that may do what it likes, again and again. */
  async keepCalling({ directory }) {
    calling = true;
    while (calling) {
      // A new one each time: one that has been cut off makes a pause before it connects again.
      const client = connect(target, { directory, logger: false, connectTimeoutMs: 1000 });
      connectionClosed().then(() => client.close());
      await client.ready().catch(() => {});
      await Promise.allSettled([
        client.echo('hello', SHORTLY),
        client.mirror({ a: [1, 2, 3] }, SHORTLY),
        client.big('x'.repeat(300_000), SHORTLY),
        client.upload(few(), SHORTLY),
        all(client.watch('hello', SHORTLY)),
        client.note('hello', SHORTLY),
      ]);
      blocking(client);
      await client.close();
    }
  },
  violations: () => count.violations,
  stopCalling() {
    calling = false;
  },
  calm: () => ({ lines: attacked.lines, prototypes: prototypes() }),
  close: () => attacked.client.close(),
});
