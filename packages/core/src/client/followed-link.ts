import { allocate } from '../attach/memory.js';
import type { Memory } from '../contract/memory.js';
import type { RpcError } from '../errors/rpc-error.js';
import { allocateLaterOn } from './awaited-memory.js';
import type { ClientCounters } from './counters.js';
import * as failures from './failures.js';
import type { Link } from './link.js';
import type { Links, LinksOwner } from './links.js';
import type { MethodPlan } from './method-plan.js';

/** One link that belongs to somebody else: for calls that can go nowhere else. It is neither looked for nor replaced. */
export class FollowedLink implements Links {
  readonly counters: ClientCounters = { lateAnswers: 0, lostOneways: 0, retries: 0 };
  readonly everConnected = true;
  readonly tried: readonly string[] = [];

  constructor(
    private readonly link: Link,
    owner: LinksOwner,
  ) {
    link.followers.add(owner);
  }

  get connections(): number {
    return this.link.usable ? 1 : 0;
  }

  get inFlight(): number {
    return this.link.inFlight;
  }

  pick(plan: MethodPlan): Link | undefined {
    const { link } = this;
    return link.hasRoomFor(plan) && link.canCall(plan) ? link : undefined;
  }

  all(): readonly Link[] {
    return [this.link];
  }

  leadsOnlyTo(connection: object): boolean {
    return this.link.connection === connection;
  }

  refusalOf(plan: MethodPlan): RpcError | undefined {
    const { link } = this;
    if (!link.usable) return failures.peerGone(plan);
    return link.canCall(plan) ? undefined : link.agreement.refusalOf(plan);
  }

  allocate(bytes: number): Memory {
    return allocate(this.link.connection, bytes);
  }

  allocateLater(bytes: number, signal: AbortSignal | undefined): Promise<Memory> {
    return allocateLaterOn(this.link, bytes, signal);
  }

  duplicate(fd: number): number | undefined {
    return this.link.connection.descriptors?.duplicate(fd);
  }

  look(): void {}

  async close(): Promise<void> {}
}
