import { attachmentsOf } from '../attach/attachments.js';
import type { DoorReturns } from '../attach/door-returns.js';
import { createMsgpackCodec } from '../codec/msgpack.js';
import { attachmentSymbol } from '../contract/attachments.js';
import { serviceOf } from '../contract/service-of.js';
import type { AnyService, CallOptions } from '../contract/types.js';
import { RpcError } from '../errors/rpc-error.js';
import { inspectSymbol, shownAs } from '../observe/inspect.js';
import { LaterReader } from '../stream/later-reader.js';
import { ClientCore } from './client.js';
import { FollowedLink } from './followed-link.js';
import type { Link } from './link.js';
import { type MethodPlan, planMethods } from './method-plan.js';
import type { ClientSettings } from './options.js';

/** Lets go of doors that were forgotten. */
const forgotten = new FinalizationRegistry<() => void>((release) => release());

/** What a connection's own calls are made with: those of its doors share its windows and its limits. */
export type DoorSettings = Partial<Omit<ClientSettings, 'connectTimeoutMs' | 'maxConnections'>>;

/** Makes the doors callable that come over one link; one core serves all of them. */
export class LinkDoors {
  #core: ClientCore | undefined;

  constructor(
    private readonly link: Link,
    /** Of whoever calls. */
    private readonly settings: DoorSettings,
  ) {}

  /** The methods of a door's service, and `using` to let go of it. */
  readonly open = (service: AnyService, id: number): object => {
    const returns = attachmentsOf(this.link.connection).doorReturns;
    if (this.#core === undefined) {
      const core = new ClientCore(
        service,
        this.settings,
        (_agreements, _settings, owner) => new FollowedLink(this.link, owner),
      );
      returns.waiting = () => core.waitingDoors();
      this.#core = core;
    }
    const door = { id, codec: createMsgpackCodec(service, { named: false }) };
    const plans = plansOf(service).map((plan) => ({ ...plan, door }));
    return doorStub(this.#core, returns, plans, id, serviceOf(service).name);
  };

  /** The connection is gone. */
  close(): void {
    void this.#core?.close();
  }
}

/** A message may bring hundreds of doors to one service. */
const plansByService = new WeakMap<AnyService, readonly MethodPlan[]>();

function plansOf(service: AnyService): readonly MethodPlan[] {
  let plans = plansByService.get(service);
  if (plans === undefined) {
    plans = planMethods(service);
    plansByService.set(service, plans);
  }
  return plans;
}

function doorStub(
  core: ClientCore,
  returns: DoorReturns,
  plans: readonly MethodPlan[],
  id: number,
  service: string,
): object {
  let released = false;
  const giveBack = giverBack(returns, id);
  const stub: Record<string | symbol, unknown> = Object.create(null);
  const refusal = (plan: MethodPlan) => (released ? doorReleased(plan) : undefined);
  for (const plan of plans) stub[plan.definition.name] = guarded(core, plan, refusal, stub);
  stub[attachmentSymbol] = 'door';
  stub[Symbol.dispose] = () => {
    if (released) return;
    released = true;
    forgotten.unregister(stub);
    giveBack();
  };
  Object.defineProperty(stub, inspectSymbol, {
    value: shownAs('DoorcallDoor', () => {
      const methods = plans.map(({ definition }) => definition.name);
      return { service, methods, released };
    }),
  });
  forgotten.register(stub, giveBack, stub);
  return Object.freeze(stub);
}

/** Outside of the stub's scope: what is called when a stub was collected must not hold it. */
function giverBack(returns: DoorReturns, id: number): () => void {
  return () => returns.add(id);
}

/** Doors of which a stream runs: it keeps its door from being collected. */
const held = new WeakMap<object, object>();

/** A method that is refused when its door was let go of. */
function guarded(
  core: ClientCore,
  plan: MethodPlan,
  refusal: (plan: MethodPlan) => RpcError | undefined,
  stub: object,
): unknown {
  if (plan.streamsOutput) {
    return (input?: unknown, options?: CallOptions) => {
      const refused = refusal(plan);
      if (refused !== undefined) return new LaterReader(Promise.reject(refused));
      const reader = core.stream(plan, input, options);
      held.set(reader, stub);
      return reader;
    };
  }
  const guard = async (input?: unknown, options?: CallOptions) => {
    const refused = refusal(plan);
    if (refused !== undefined) throw refused;
    // Not without `await`: while the call waits, this function keeps its door from being collected.
    return await core.call(plan, input, options);
  };
  if (plan.oneway || plan.streaming) return guard;
  guard.sync = (input?: unknown, options?: CallOptions) => {
    const refused = refusal(plan);
    if (refused !== undefined) throw refused;
    return core.callSync(plan, input, options);
  };
  return guard;
}

function doorReleased({ path }: MethodPlan): RpcError {
  return new RpcError('FAILED_PRECONDITION', `${path}: the door was released`, { method: path });
}
