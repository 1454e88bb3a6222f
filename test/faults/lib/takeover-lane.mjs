// Processes die while they take a name over, or while it is taken from them. Another one gives it and takes it back each
// time; a client calls all along, and every call is answered, except by whoever dies.
import { cutOffDelays, Lane } from './lane.mjs';

/** So many answers after the end show that somebody serves. */
const ANSWERS = 3;

export class TakeoverLane extends Lane {
  side = 'takeover';
  #caller;

  async open() {
    const owner = await this.resident('owner');
    await owner.tell('own', this.planFor(owner));
    this.#caller = await this.resident('caller');
    await this.#caller.tell('callOn', { ...this.planFor(this.#caller), tag: 'at-first' });
    return this;
  }

  async play(victim, plan) {
    await this.#caller.tell('callOn', { tag: plan.tag });
    // It may die before it answers.
    await victim.tell('takeOver', plan).catch(() => {});
  }

  /** The name is served. */
  async aftermath(_victim, _tag, exitNs) {
    const answered = () => this.#caller.tell('answered');
    const before = await answered();
    const enough = async () => ((await answered()) < before + ANSWERS ? 'no call is answered' : undefined);
    await this.until(enough, 'nobody serves the name', exitNs);
    await this.#caller.tell('pause');
    this.ledger.read();
  }

  allowed(_call, { killed }) {
    return killed ? ['UNAVAILABLE'] : [];
  }

  delays(victim, tag, killedNs) {
    return cutOffDelays(this.ledger, victim, tag, killedNs);
  }
}
