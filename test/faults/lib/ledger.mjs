// What the journals of all processes of a lane say, put together by call.
import { closeSync, openSync, readSync } from 'node:fs';

/** Reads the lines that were added to a file since the last time. */
class Tail {
  #position = 0;
  #rest = '';
  #buffer = Buffer.alloc(64 * 1024);

  constructor(file) {
    this.fd = openSync(file, 'a+');
  }

  *lines() {
    for (;;) {
      const count = readSync(this.fd, this.#buffer, 0, this.#buffer.length, this.#position);
      if (count === 0) return;
      this.#position += count;
      const lines = (this.#rest + this.#buffer.toString('utf8', 0, count)).split('\n');
      // A line is one write: only the end of this buffer can cut one.
      this.#rest = lines.pop();
      for (const line of lines) yield line.split(' ');
    }
  }

  close() {
    closeSync(this.fd);
  }
}

/**
 * A call, as far as anybody has written it down:
 * kind 'work', 'short' (its deadline may pass), 'hold' (never answered), 'note' (one-way), 'ask' (of a server to its client);
 * caller: pid; startedNs; outcomes: [{ code: 'OK' | 'WRONG' | status, maybeExecuted, ns }]; executions: pids of who ran it;
 * replied: an answer was handed to the transport; abortedNs: when its handler was told that its caller is gone.
 */
const newCall = (id) => ({
  id,
  kind: undefined,
  caller: undefined,
  startedNs: undefined,
  outcomes: [],
  executions: [],
  replied: false,
  abortedNs: undefined,
});

export class Ledger {
  /** By id. */
  calls = new Map();
  /** Ids that have changed since they were last looked at. */
  fresh = new Set();
  /** By the client's pid: [{ service, openNs, closedNs }], as the server saw them. */
  connections = new Map();
  #tails = new Map();

  /** @param pid whose journal it is; undefined for the log of executions */
  follow(file, pid) {
    this.#tails.set(file, { tail: new Tail(file), pid });
  }

  unfollow(file) {
    this.read();
    this.#tails.get(file)?.tail.close();
    this.#tails.delete(file);
  }

  close() {
    for (const file of [...this.#tails.keys()]) this.unfollow(file);
  }

  read() {
    // The log of executions last, since whoever has an answer had its execution written before.
    for (const { tail, pid } of [...this.#tails.values()].reverse()) {
      for (const fields of tail.lines()) this.#take(fields, pid);
    }
  }

  #take([what, subject, ...rest], pid) {
    if (what === 'c') {
      this.#connection(Number(subject), rest);
      return;
    }
    // Its calls are counted by itself.
    if (subject.startsWith('bystander.')) return;
    const call = this.#call(subject);
    switch (what) {
      case 's':
        call.kind = rest[0];
        call.caller = pid;
        call.startedNs = BigInt(rest[1]);
        break;
      case 'k':
        call.outcomes.push({ code: 'OK', maybeExecuted: true, ns: BigInt(rest[0]) });
        break;
      case 'bad':
        call.outcomes.push({ code: 'WRONG', maybeExecuted: true, ns: BigInt(rest[0]) });
        break;
      case 'e':
        call.outcomes.push({ code: rest[0], maybeExecuted: rest[1] === '1', ns: BigInt(rest[2]) });
        break;
      case 'x':
        call.executions.push(Number(rest[0]));
        break;
      case 'r':
        call.replied = true;
        break;
      case 'a':
        call.abortedNs = BigInt(rest[0]);
        break;
      default:
        throw new Error(`a journal has a line that begins with ${what}`);
    }
  }

  #call(id) {
    let call = this.calls.get(id);
    if (call === undefined) {
      call = newCall(id);
      this.calls.set(id, call);
    }
    this.fresh.add(id);
    return call;
  }

  #connection(pid, [state, service, ns]) {
    const list = this.connections.get(pid) ?? [];
    this.connections.set(pid, list);
    if (state === 'open') list.push({ service, closedNs: undefined });
    else {
      const open = list.find((one) => one.service === service && one.closedNs === undefined);
      if (open !== undefined) open.closedNs = BigInt(ns);
    }
  }
}
