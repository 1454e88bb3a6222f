import type { Link } from './link.js';
import type { MethodPlan } from './method-plan.js';

/** The connections of a client, and the choice between them. */
export class LinkSet {
  /** Links that take new calls. */
  #usable: Link[] = [];
  /** Links that only finish what they have. */
  readonly #leaving = new Set<Link>();
  /** Where the next search begins, so that equally idle instances take turns. */
  #turn = 0;

  get usable(): readonly Link[] {
    return this.#usable;
  }

  has(key: string): boolean {
    return this.#usable.some((link) => link.key === key);
  }

  add(link: Link): void {
    this.#usable = [...this.#usable, link];
  }

  /** The link takes no new calls any more. */
  retire(link: Link): void {
    if (!this.#usable.includes(link)) return;
    this.#usable = this.#usable.filter((other) => other !== link);
    this.#leaving.add(link);
  }

  remove(link: Link): void {
    this.#usable = this.#usable.filter((other) => other !== link);
    this.#leaving.delete(link);
  }

  all(): Link[] {
    return [...this.#usable, ...this.#leaving];
  }

  /** The link for a call of this method: of those that have room for it, the one with the fewest in flight. */
  pick(plan: MethodPlan): Link | undefined {
    const links = this.#usable;
    const first = links[0];
    if (links.length <= 1) {
      return first?.hasRoomFor(plan) === true && first.canCall(plan) ? first : undefined;
    }
    let best: Link | undefined;
    this.#turn = (this.#turn + 1) % links.length;
    for (let step = 0; step < links.length; step += 1) {
      const link = links[(this.#turn + step) % links.length] as Link;
      if (!link.hasRoomFor(plan) || !link.canCall(plan)) continue;
      if (best === undefined || link.inFlight < best.inFlight) best = link;
    }
    return best;
  }
}
