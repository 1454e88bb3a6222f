// Servers die, one after the other on the same path; one client lives through all of it.
import { waitsForTheDead } from './judge.mjs';
import { cutOffDelays, Lane, within } from './lane.mjs';

/** An end shows first by the pipe that is gone with it. */
const EXIT_MS = 5_000;

export class ServerLane extends Lane {
  side = 'server';
  #client;

  async open() {
    this.#client = await this.resident('client');
    await this.#client.tell('survive', { ...this.planFor(this.#client), tag: 'survivor' });
    return this;
  }

  async play(victim, { tag, short, ...plan }) {
    const serving = victim.tell('serve', plan).catch(async (error) => {
      if ((await within(EXIT_MS, victim.exited)) === undefined) {
        this.violated(`the server could not be started again: ${error.message}`);
        victim.kill();
      }
    });
    // Calls that it never took wait for the next server: the end of this is not waited for.
    const used = this.#client.tell('use', { tag, short }).then(() => serving);
    used.then(() => !victim.gone && victim.tell('drain')).catch(() => {});
    await serving;
  }

  /** Every call that this server took has ended. */
  async aftermath(victim, _tag, exitNs) {
    const waiting = () => {
      for (const call of this.ledger.calls.values()) {
        if (waitsForTheDead(call, victim.pid) && call.caller !== victim.pid) return call.id;
      }
      return undefined;
    };
    await this.until(waiting, 'still waits for a dead server', exitNs);
  }

  allowed({ kind }, { killed, action, ofThisRound }) {
    if (kind === 'ask') return ['UNAVAILABLE', 'CANCELLED'];
    // A drain ends the calls that never end by themselves; so does the server's death all others.
    if (killed || kind === 'hold' || !ofThisRound) return ['UNAVAILABLE'];
    return kind === 'short' && action === 'stop' ? ['DEADLINE_EXCEEDED'] : [];
  }

  delays(victim, tag, killedNs) {
    return cutOffDelays(this.ledger, victim, tag, killedNs);
  }

  /** A last server answers whatever was left over. @returns violations */
  async settle() {
    this.begin();
    const server = await this.nursery.take();
    await server.tell('serve', this.planFor(server));
    const left = () => {
      for (const call of this.ledger.calls.values()) {
        const mayStay = call.kind === 'hold' && call.executions.includes(server.pid);
        if (call.kind !== undefined && call.kind !== 'ask' && call.outcomes.length === 0 && !mayStay)
          return call.id;
      }
      return undefined;
    };
    await this.until(left, 'was never answered, though there is a server', process.hrtime.bigint());
    await server.killed();
    return this.violations;
  }
}
