import { type LocalDoor, localDoorSymbol } from '../attach/doors.js';
import type { ServiceCodec } from '../codec/codec.js';
import { createMsgpackCodec } from '../codec/msgpack.js';
import { attachmentSymbol, type Door, type DoorOptions } from '../contract/attachments.js';
import { serviceOf } from '../contract/service-of.js';
import { isThenable } from '../contract/thenable.js';
import type { AnyService, Handlers } from '../contract/types.js';
import { refuseUnknownOptions } from '../errors/unknown-option.js';
import { inspectSymbol, shownAs } from '../observe/inspect.js';
import { type Logger, loggerOf } from '../observe/logger.js';
import { type HeldByCalls, type MethodPlan, planMethods } from './method-plan.js';

/**
 * Makes a door: a service that lives in a value. Sent where a contract has `door(service)`, it can be called by whoever
 * received it, over the connection that it came on, as long as they hold it.
 *
 * @param handlers a function for each method of the service; `(input, ctx) => result`
 * @throws TypeError when a method has no handler, or an option is none
 * @example
 * ```ts
 * async open(user) {
 *   return createDoor(session, { say: (text) => room.say(user, text) }, { onUnreferenced: () => room.leave(user) });
 * }
 * ```
 */
export function createDoor<Service extends AnyService>(
  service: Service,
  handlers: Handlers<Service>,
  options: DoorOptions = {},
): Door<Service> {
  refuseUnknownOptions('createDoor', options, { onUnreferenced: true });
  return new ServedDoor(service, handlers, options);
}

/** A door, as the sessions see it that its calls come to. */
export class ServedDoor implements Door, LocalDoor, HeldByCalls {
  readonly [attachmentSymbol] = 'door';
  references = 0;
  revoked = false;
  readonly #plans: readonly MethodPlan[];
  #logger = loggerOf(undefined);
  /** Calls and streams of it that are open. */
  #open = 0;
  /** Its owner is about to be told. */
  #telling = false;

  constructor(
    readonly service: AnyService,
    handlers: object,
    private readonly options: DoorOptions,
  ) {
    const codec: ServiceCodec = createMsgpackCodec(service, { named: false });
    this.#plans = planMethods(service, handlers, [], { builtin: false, codec, door: this });
  }

  get [localDoorSymbol](): LocalDoor {
    return this;
  }

  planOf(method: number): MethodPlan | undefined {
    return this.#plans[method];
  }

  logTo(logger: Logger): void {
    this.#logger = logger;
  }

  revoke(): void {
    this.revoked = true;
  }

  [Symbol.dispose](): void {
    this.revoke();
  }

  count(references: number): void {
    this.references += references;
    this.#tellIfUnheld();
  }

  callBegan(): void {
    this.#open += 1;
  }

  callEnded(): void {
    this.#open -= 1;
    this.#tellIfUnheld();
  }

  get #held(): boolean {
    return this.references > 0 || this.#open > 0;
  }

  #tellIfUnheld(): void {
    const { onUnreferenced } = this.options;
    if (this.#held || onUnreferenced === undefined || this.#telling) return;
    this.#telling = true;
    // In a turn of its own: the last may have gone in the midst of anything, and what was refused may be sent after all.
    setImmediate(() => {
      this.#telling = false;
      if (!this.#held) this.#tell(onUnreferenced);
    });
  }

  /** It may be the end of another process that brings this about: what the function throws must not end this one. */
  #tell(onUnreferenced: () => unknown): void {
    const failed = (err: unknown) =>
      this.#logger.error({ service: serviceOf(this.service).name, err }, 'onUnreferenced of a door failed');
    try {
      const told = onUnreferenced();
      if (isThenable(told)) told.then(undefined, failed);
    } catch (thrown) {
      failed(thrown);
    }
  }

  readonly [inspectSymbol] = shownAs('DoorcallDoor', () => {
    const { references, revoked } = this;
    return { service: serviceOf(this.service).name, references, revoked };
  });
}
