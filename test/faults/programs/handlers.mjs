// What the server does for a call; all of it stands in the input:
//   id           in every journal line about the call
//   waitMs       answer later, when both sides have gone to sleep
//   bytes, fill  bytes to send along, and how many to answer with
//   hold         never answer
//   ask          call the client back before that: 'answer' or 'hang'
//   drain        drain the other service and serve it again
import { setTimeout as sleep } from 'node:timers/promises';
import { isRpcError } from '@doorcall/core';
import { now } from './journal.mjs';
import { point } from './point.mjs';

/** Of a stream, at both sides. */
export const WINDOW_ITEMS = 8;

/** Bytes that tell a shifted or torn message from a whole one. */
export const pattern = (length) => Uint8Array.from({ length }, (_, i) => (i * 31 + length) & 0xff);

export const fits = (bytes, length) => Buffer.compare(bytes, pattern(length)) === 0;

/**
 * @param executed writes to the log of executions
 * @param note writes to this process's journal
 * @param drainOther what `drain` does
 */
export function makeHandlers(executed, note, drainOther) {
  const answer = ({ id, bytes, fill = 0 }) => {
    point('server.program.answering');
    // By then the answer was handed to the transport; a large one may wait there.
    if (fill === 0) setImmediate(() => noteReply(id));
    return {
      id,
      pid: process.pid,
      got: bytes === undefined || fits(bytes, bytes.length),
      fill: pattern(fill),
    };
  };
  const noteReply = (id) => {
    note('r', id);
    point('server.program.replied');
  };
  const later = async (input, ctx) => {
    if (input.ask !== undefined) {
      const asked = ask(ctx, `ask.${input.id}`, input.ask === 'hang', note);
      if (!input.hold) await asked;
    }
    if (input.drain) await drainOther();
    if (input.waitMs) await sleep(input.waitMs);
    if (!input.hold) return answer(input);
    await aborted(ctx.signal);
    note('a', input.id, now());
    return null;
  };
  return {
    work(input, ctx) {
      executed('x', input.id, process.pid);
      point('server.program.logged');
      return input.ask || input.drain || input.waitMs || input.hold ? later(input, ctx) : answer(input);
    },
    note(input) {
      executed('x', input.id, process.pid);
    },
    carry({ id, lent, copied, file }, ctx) {
      executed('x', id, process.pid);
      const good = [lent, copied].every(({ bytes }) => fits(bytes, bytes.length));
      const answer = ctx.allocate(lent.byteLength);
      answer.set(pattern(lent.byteLength));
      const plain = pattern(good ? copied.byteLength : 1);
      lent.release();
      copied.release();
      return { id, lent: answer, copied: plain, file };
    },
    async *flow(items, ctx) {
      executed('x', ctx.metadata.id, process.pid);
      for await (const item of items) yield item;
    },
    async *watch({ id }, ctx) {
      executed('x', id, process.pid);
      try {
        yield pattern(16);
        await aborted(ctx.signal);
      } finally {
        note('a', id, now());
      }
    },
  };
}

async function ask(ctx, id, hang, note) {
  note('s', id, 'ask', now());
  try {
    const answer = await ctx.client.ask({ id, hang }, { timeoutMs: 60_000 });
    note(answer.id === id ? 'k' : 'bad', id, now());
  } catch (error) {
    noteFailure(note, id, error);
  }
}

/** @param error what a call was rejected with */
export function noteFailure(note, id, error) {
  const code = isRpcError(error) ? error.code : `no-RpcError:${error?.name}`;
  note('e', id, code, error?.maybeExecuted === false ? 0 : 1, now());
}

const aborted = (signal) =>
  signal.aborted
    ? Promise.resolve()
    : new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
