// The client's side: its calls, each with one line in the journal when it begins and one when it ends.
import { closeSync, fstatSync, openSync } from 'node:fs';
import { connect, syncInterceptor } from '@doorcall/core';
import { drained, faults } from './contract.mjs';
import { fits, noteFailure, pattern, WINDOW_ITEMS } from './handlers.mjs';
import { now, openJournal } from './journal.mjs';
import { point } from './point.mjs';

const interceptors = [
  syncInterceptor((_call, next) => {
    point('client.program.calling');
    const result = next();
    point('client.program.called');
    return result;
  }),
];

/** Far more than any check waits: whoever is told by its deadline was not told of the death. */
const DEADLINE_MS = 60_000;
/** A deadline that passes while the other side is stopped. */
const SHORT_MS = 60;
/** Time enough to die in, mostly. */
const LOOK_AWAY_MS = 60;
const RING_BYTES = 16 * 1024;
/** Does not fit the ring: it waits for space, in pieces, in both directions. */
const LARGE_BYTES = 40_000;
/** Of a blob: more than one page. */
const BLOB_BYTES = 5_000;
/** More than a window holds, so that further ones are opened. */
const ITEMS = 2.5 * WINDOW_ITEMS;
const ITEM_BYTES = 2_000;

/** The files that a client writes to. */
export const openFiles = ({ journal, executions }) => ({
  note: openJournal(journal),
  executed: openJournal(executions),
});

/** Makes calls and writes their fate down. */
export class Calls {
  /** Nobody wants further ones. */
  over = false;
  #count = 0;

  /** @param plan directory; tag: begins the ids of calls; short: whether some calls have a deadline that may pass */
  constructor(plan, { note, executed }) {
    this.plan = plan;
    this.note = note;
    this.executed = executed;
  }

  connect(service = faults) {
    return connect(service, {
      directory: this.plan.directory,
      defaultTimeoutMs: DEADLINE_MS,
      connectTimeoutMs: DEADLINE_MS,
      ringBytes: RING_BYTES,
      acceptFds: true,
      streamWindowItems: WINDOW_ITEMS,
      interceptors,
      callbacks: { ask: (input) => this.#asked(input) },
      logger: false,
    });
  }

  /** @returns whether it was answered */
  async call(client, what = {}, options = undefined) {
    const id = this.#begin(what.hold ? 'hold' : options === undefined ? 'work' : 'short');
    try {
      return this.#answered(id, what, await client.work({ id, ...what }, options));
    } catch (error) {
      return this.#failed(id, error);
    }
  }

  callSync(client, what = {}) {
    const id = this.#begin('work');
    try {
      return this.#answered(id, what, client.work.sync({ id, ...what }));
    } catch (error) {
      return this.#failed(id, error);
    }
  }

  async send(client) {
    const id = this.#begin('note');
    try {
      await client.note({ id });
      this.note('k', id, now());
      return !this.over;
    } catch (error) {
      return this.#failed(id, error);
    }
  }

  /** Two blobs, of which one is copied by its sender, and a descriptor, there and back. */
  async carry(client) {
    const id = this.#begin('work');
    const sent = openSync(this.plan.executions, 'r');
    try {
      const lent = client.allocate(BLOB_BYTES);
      lent.set(pattern(BLOB_BYTES));
      const parcel = { id, lent, copied: pattern(BLOB_BYTES + 1), file: sent };
      const answer = await client.carry(parcel);
      lent[Symbol.dispose]();
      const good =
        fits(answer.lent.bytes, BLOB_BYTES) &&
        fits(answer.copied.bytes, BLOB_BYTES + 1) &&
        fstatSync(answer.file.fd).ino === fstatSync(sent).ino;
      answer.lent.release();
      answer.copied.release();
      answer.file.close();
      return this.#ended(id, good);
    } catch (error) {
      return this.#failed(id, error);
    } finally {
      closeSync(sent);
    }
  }

  /** Items in both directions, more than a window holds. */
  async flow(client) {
    const id = this.#begin('work');
    const items = Array.from({ length: ITEMS }, (_, number) => ({ number, bytes: pattern(ITEM_BYTES) }));
    try {
      let next = 0;
      let good = true;
      for await (const { number, bytes } of client.flow(items, { metadata: { id } }))
        good &&= number === next++ && fits(bytes, ITEM_BYTES);
      return this.#ended(id, good && next === ITEMS);
    } catch (error) {
      return this.#failed(id, error);
    }
  }

  /** A stream without end. @param leave whether it is left after its first item */
  async watch(client, leave) {
    const id = this.#begin('hold');
    try {
      for await (const item of client.watch({ id })) {
        if (leave) return this.#ended(id, fits(item, 16));
      }
      return this.#ended(id, false);
    } catch (error) {
      return this.#failed(id, error);
    }
  }

  /** One connection's worth of every way to call. @returns false as soon as the server is gone */
  async everyWay(client) {
    const eight = Array.from({ length: 8 }, () => this.call(client));
    if (!(await all(eight))) return false;
    if (!(await this.call(client, { waitMs: 2 }))) return false;
    if (this.plan.short) {
      const short = [1, 2, 3].map(() => this.call(client, {}, { timeoutMs: SHORT_MS }));
      await Promise.all(short);
    }
    if (!this.callSync(client) || !this.callSync(client, { waitMs: 2 })) return false;
    if (!(await this.call(client, { bytes: pattern(LARGE_BYTES), fill: LARGE_BYTES }))) return false;
    if (!(await all([this.send(client), this.send(client), this.send(client)]))) return false;
    if (!(await this.carry(client)) || !(await this.flow(client))) return false;
    if (!(await this.watch(client, true))) return false;
    if (!(await this.call(client, { ask: 'answer' }))) return false;
    return this.call(client, { waitMs: 4 });
  }

  /** Does not look at its answers before the server, killed in the midst of them, is dead. */
  async lookAway(client) {
    const eight = Array.from({ length: 8 }, () => this.call(client));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_AWAY_MS);
    return all(eight);
  }

  /** Calls that end with the server only, or with their client. */
  holdSome(client) {
    return [
      this.call(client, { hold: true }),
      this.call(client, { hold: true, ask: 'hang' }),
      this.watch(client, false),
    ];
  }

  #begin(kind) {
    const id = `${this.plan.tag}.${++this.#count}`;
    this.note('s', id, kind, now());
    return id;
  }

  #answered(id, { fill = 0 }, answer) {
    return this.#ended(id, answer.id === id && answer.got && fits(answer.fill, fill));
  }

  #ended(id, good) {
    this.note(good ? 'k' : 'bad', id, now());
    return !this.over;
  }

  #failed(id, error) {
    noteFailure(this.note, id, error);
    return false;
  }

  #asked({ id, hang }) {
    this.executed('x', id, process.pid);
    point('client.program.asked');
    return hang ? new Promise(() => {}) : { id };
  }
}

const all = async (calls) => (await Promise.all(calls)).every(Boolean);

/** The whole life of a client that is to be killed, twice over; ends the process. */
export async function live(plan) {
  const calls = new Calls(plan, openFiles(plan));
  for (let cycle = 0; cycle < 2; cycle++) {
    const client = calls.connect();
    calls.holdSome(client);
    await calls.everyWay(client);
    const other = calls.connect(drained);
    await calls.call(other);
    // Under way when its server begins to drain.
    const pending = calls.call(other, { waitMs: 5 });
    await calls.call(client, { drain: true });
    await pending;
    await other.close();
    await client.close();
  }
  process.exit(0);
}

/** A client that outlives many servers. */
export class Survivor {
  #files;
  #plan;
  #calls;
  #client;

  constructor(plan) {
    this.#plan = plan;
    this.#files = openFiles(plan);
    this.#client = new Calls(plan, this.#files).connect();
  }

  /** Uses one server until it is gone, or until everything was tried. */
  async use({ tag, short }) {
    // What was not taken by the server before goes to this one, and nothing more follows it.
    if (this.#calls !== undefined) this.#calls.over = true;
    const calls = new Calls({ ...this.#plan, tag, short }, this.#files);
    this.#calls = calls;
    const client = this.#client;
    // At once: the server may not even listen yet.
    calls.holdSome(client);
    if (!(await calls.call(client))) return;
    if (!(await calls.lookAway(client))) return;
    if (!(await calls.everyWay(client))) return;
    for (let cycle = 0; cycle < 2; cycle++) {
      const another = calls.connect();
      const good = (await calls.call(another)) && (await calls.call(another, { waitMs: 2 }));
      await another.close();
      if (!good) return;
    }
  }
}

/** Calls all along, and counts what it meets. */
export class Bystander {
  #calls = 0;
  #errors = [];
  #longestMs = 0;

  constructor(plan) {
    const client = new Calls(plan, openFiles(plan)).connect();
    const next = async () => {
      const started = now();
      try {
        await client.work({ id: `${plan.tag}.${this.#calls}` });
      } catch (error) {
        this.#errors.push(String(error));
      }
      this.#calls += 1;
      this.#longestMs = Math.max(this.#longestMs, Number(now() - started) / 1e6);
      setTimeout(next, 5);
    };
    void next();
  }

  report() {
    return { calls: this.#calls, errors: this.#errors, longestMs: this.#longestMs };
  }
}
