// What the lanes of both sides share: a folder, the journals in it, and the rounds of one victim after the other.
import { rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Actor, Nursery, now } from './actor.mjs';
import { stateOf } from './hang.mjs';
import { judgeCall, NOTICED_WITHIN_MS } from './judge.mjs';
import { Ledger } from './ledger.mjs';
import { makeFolder, removeFolder } from './leftovers.mjs';
import { Trace } from './strace.mjs';

/** A round that lasts so long hangs. */
const HANG_MS = 90_000;
const POLL_MS = 1;

/** @returns the promise's value, or undefined when it takes longer */
export async function within(ms, promise) {
  const controller = new AbortController();
  const timer = sleep(ms, undefined, { signal: controller.signal }).catch(() => {});
  try {
    return await Promise.race([promise, timer]);
  } finally {
    controller.abort();
  }
}

/** Rounds of one side with one build of the addon, one after the other. */
export class Lane {
  ledger = new Ledger();
  #round = 0;
  #violations = new Set();
  #residents = [];
  #processes;

  /**
   * @param options program: of bundleProgram(); debug: with the addon's failpoints; random: a generator of numbers;
   * noticedWithinMs: when a survivor has noticed too late; hangMs: when a round hangs; lie: see lie.mjs, or 'left-stopped'
   */
  constructor({ program, debug, random, noticedWithinMs = NOTICED_WITHIN_MS, hangMs = HANG_MS, lie }) {
    this.#processes = { program, debug, lie };
    this.noticedWithinMs = noticedWithinMs;
    this.hangMs = hangMs;
    this.random = random;
    this.directory = makeFolder('doorcall-faults-');
    this.executions = path.join(this.directory, 'executions.log');
    this.ledger.follow(this.executions);
    this.nursery = new Nursery(this.#processes);
  }

  /** A process that lives as long as the lane does. */
  async resident(name) {
    const actor = new Actor(this.#processes);
    this.#residents.push({ name, actor });
    await actor.ready;
    return actor;
  }

  /** What every process is told; its journal is read from now on. */
  planFor(actor) {
    // Not by its pid alone: a long run uses numbers again.
    const journal = path.join(this.directory, `${this.#round}-${actor.pid}.log`);
    this.ledger.follow(journal, actor.pid);
    return { directory: this.directory, executions: this.executions, journal };
  }

  /**
   * One victim's life and what comes after it.
   *
   * @param job place, kind, action, passage: see jobs.mjs
   * @returns fired: whether it came to the place; delaysMs: from the kill to what each call of the survivor was told;
   * violations, as sentences; passages: how often it came to each place, when the job only records
   */
  async round(job) {
    this.#round += 1;
    this.begin();
    const tag = `${this.side[0]}${this.#round}`;
    const victim = await this.nursery.take();
    const plan = { ...this.planFor(victim), tag, short: job.action === 'stop' };
    const trace = job.kind === 'syscall' ? new Trace(victim.pid, injectionOf(job)) : undefined;
    await trace?.attached;
    const failpoint = job.kind === 'syscall' ? undefined : planOf(job);
    const passed = trace ? trace.stopped : victim.nextTold();

    const over = this.play(victim, { ...plan, failpoint }, job);
    if (job.action === 'stop') void this.#continueLater(victim, passed, trace !== undefined);
    const exit = await within(this.hangMs, victim.exited);
    if (exit === undefined) {
      this.violated([`the ${this.side} hung`, stateOf(victim.pid), ...(trace?.end ?? [])].join('\n'));
      await victim.killed();
    }
    await over;
    const told = victim.told[0];
    const killedNs = job.action !== 'kill' ? undefined : trace ? await trace.killedNs() : told?.ns;
    const stopped = job.action === 'stop' && (trace ? await trace.wasStopped() : told !== undefined);
    const killed = exit?.signal === 'SIGKILL' && job.action === 'kill';
    // Of a victim that was not killed everything is expected that is expected of anybody.
    if (exit !== undefined && !killed && exit.code !== 0) {
      this.violated(
        `the ${this.side} ended with ${exit.signal ?? exit.code}: ${victim.complaints.slice(0, 2_000)}`,
      );
    }
    await this.aftermath(victim, tag, exit?.ns ?? now(), killed);
    this.ledger.unfollow(plan.journal);
    rmSync(plan.journal, { force: true });
    this.#judge({ tag, victim, killed, action: job.action });
    this.#lookAtResidents();
    const delaysMs = killed && killedNs !== undefined ? this.delays(victim, tag, killedNs) : [];
    const passages = job.action === 'record' ? await passagesOf(victim, trace) : undefined;
    this.#forget(tag);
    return { fired: killed || stopped, delaysMs, violations: this.violations, passages };
  }

  begin() {
    this.#violations.clear();
  }

  get violations() {
    return [...this.#violations];
  }

  violated(text) {
    this.#violations.add(text);
  }

  /** Resolves when `done()` holds for what the journals say; a violation when it does not in time. */
  async until(done, what, sinceNs) {
    for (;;) {
      this.ledger.read();
      const problem = await done();
      if (problem === undefined) return;
      if (Number(now() - sinceNs) / 1e6 > this.noticedWithinMs) {
        this.violated(`${what}: ${problem}`);
        return;
      }
      await sleep(POLL_MS);
    }
  }

  async close() {
    await Promise.all([...this.#residents.map(({ actor }) => actor.killed()), this.nursery.close()]);
    this.ledger.close();
    removeFolder(this.directory);
  }

  /** Lets a stopped victim go on: at once, or when short deadlines have passed. */
  async #continueLater(victim, passed, traced) {
    await Promise.race([passed, victim.exited]);
    // Who is traced looks stopped at every step; then it is the trace that tells.
    while (!victim.gone && !traced && !victim.stopped) await sleep(POLL_MS);
    await sleep([0, 20, 150][Math.floor(this.random() * 3)]);
    if (this.#processes.lie !== 'left-stopped') victim.kill('SIGCONT');
  }

  #judge({ tag, victim, killed, action }) {
    for (const id of this.ledger.fresh) {
      const call = this.ledger.calls.get(id);
      const ofThisRound = ofRound(id, tag);
      const callerDied = killed && call.caller === victim.pid;
      const allowed = this.allowed(call, { killed, action, ofThisRound });
      for (const violation of judgeCall(call, { allowed, callerDied })) this.violated(violation);
    }
    this.ledger.fresh.clear();
  }

  #lookAtResidents() {
    for (const { name, actor } of this.#residents) {
      if (actor.gone) throw new Error(`the ${name} has ended: ${actor.complaints}`);
    }
  }

  /** Calls of earlier rounds need no memory any more, except those that a survivor still waits for. */
  #forget(tag) {
    for (const [id, { kind, outcomes }] of this.ledger.calls) {
      const awaited = this.side === 'server' && kind !== 'ask' && outcomes.length === 0;
      if (!awaited && !ofRound(id, tag)) this.ledger.calls.delete(id);
    }
    this.ledger.connections.clear();
  }
}

/** Whether a call, or a call back that belongs to one, was made in the round of that tag. */
export const ofRound = (id, tag) => id.startsWith(`${tag}.`) || id.startsWith(`ask.${tag}.`);

/** From a server's death to what each call that was pending then was told, in ms. */
export function cutOffDelays(ledger, victim, tag, killedNs) {
  const delays = [];
  for (const call of ledger.calls.values()) {
    const outcome = call.outcomes[0];
    if (!ofRound(call.id, tag) || outcome?.code !== 'UNAVAILABLE' || call.caller === victim.pid) continue;
    // A later one is told by the lack of a server.
    if (call.startedNs < killedNs && outcome.ns > killedNs) delays.push(Number(outcome.ns - killedNs) / 1e6);
  }
  return delays;
}

const planOf = ({ action, place, passage }) =>
  action === 'record' ? 'record' : `${place}:${passage}:${action}`;

const injectionOf = ({ action, place, passage }) =>
  action === 'record' ? undefined : `${place}:signal=${action === 'kill' ? 'KILL' : 'STOP'}:when=${passage}`;

async function passagesOf(victim, trace) {
  if (trace !== undefined) return trace.counts();
  const passages = new Map();
  for (const { name, passage } of victim.told) passages.set(name, passage);
  return passages;
}
