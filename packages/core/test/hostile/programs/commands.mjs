// The far end of support/program.mjs: does what lines of JSON say.
import { subscribe } from 'node:diagnostics_channel';
import { createInterface } from 'node:readline';

const write = (fields) => process.stdout.write(`${JSON.stringify(fields)}\n`);

/** Obeys commands until stdin ends. */
export function obey(commands) {
  createInterface({ input: process.stdin })
    .on('line', async (line) => {
      const { id, command, ...fields } = JSON.parse(line);
      try {
        write({ id, result: (await commands[command](fields)) ?? null });
      } catch (error) {
        write({ id, failure: error.stack ?? String(error) });
      }
    })
    .on('close', () => process.exit(0));
}

/** A logger that keeps its lines. */
export function keepingLogger(lines) {
  const keep = (level) => (fields, message) => {
    const { service, peer, err } = fields;
    lines.push({ level, service, peer, message, ...(err !== undefined && { err: String(err) }) });
  };
  return { warn: keep('warn'), error: keep('error') };
}

const ORDERLY = new Set(['the client was closed', 'the peer closed the connection', 'the server is closed']);

/** Counts the connections that `side` has ended for what the other one did. */
export function violationsOf(side) {
  const count = { violations: 0 };
  subscribe(`doorcall:${side}:connection`, ({ state, reason }) => {
    if (state === 'closed' && !ORDERLY.has(reason)) count.violations += 1;
  });
  return count;
}

const PROTOTYPES = [Object, Array, Map, Set, Date, String, Number, Function].map((each) => each.prototype);

/** Everything that is on the prototypes of the language now, as one text. */
export function prototypes() {
  return PROTOTYPES.map((prototype) => Reflect.ownKeys(prototype).map(String).join()).join(' ');
}
