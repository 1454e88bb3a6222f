import type { AnyService } from '../contract/types.js';
import { type Logger, loggerOf } from '../observe/logger.js';

/** Makes a received door callable. */
export type OpenDoor = (service: AnyService, id: number) => unknown;

/** A door of this process, as the connections see it that it was sent over. */
export interface LocalDoor {
  readonly service: AnyService;
  readonly revoked: boolean;
  /** Where failures of its owner's are logged: by whoever sent it last. */
  logTo(logger: Logger): void;
  /** Somebody holds it once more, or less. */
  count(references: number): void;
}

/** Key of what a connection sees of a door. Two copies of the package do not share it: each has connections of its own. */
export const localDoorSymbol: unique symbol = Symbol('doorcall.local-door');

/** The door of this process that a value is, if it is one. */
export function localDoorOf(value: unknown): LocalDoor | undefined {
  return (value as { readonly [localDoorSymbol]?: LocalDoor })[localDoorSymbol];
}

interface Given {
  readonly id: number;
  references: number;
}

/** The doors that one side has sent over one connection. */
export class DoorTable {
  /** Of whoever sends them. */
  logger = loggerOf(undefined);
  readonly #byId = new Map<number, LocalDoor>();
  readonly #given = new Map<LocalDoor, Given>();
  #lastId = 0;

  /** The other side holds a door once more. @returns its number */
  give(door: LocalDoor): number {
    let given = this.#given.get(door);
    if (given === undefined) {
      this.#lastId += 1;
      given = { id: this.#lastId, references: 0 };
      this.#given.set(door, given);
      this.#byId.set(given.id, door);
    }
    given.references += 1;
    door.logTo(this.logger);
    door.count(1);
    return given.id;
  }

  /** The other side holds it so many times less. @returns what it did wrong, if anything */
  takeBack(id: number, count: number): string | undefined {
    const door = this.#byId.get(id);
    const given = door === undefined ? undefined : this.#given.get(door);
    if (door === undefined || given === undefined || count < 1 || count > given.references)
      return `gave back door ${id}, which it does not hold`;
    given.references -= count;
    if (given.references === 0) this.#forget(id, door);
    door.count(-count);
    return undefined;
  }

  find(id: number): LocalDoor | undefined {
    return this.#byId.get(id);
  }

  /** Whether a number was ever given out: a call may have been under way when its door was given back. */
  wasGiven(id: number): boolean {
    return id > 0 && id <= this.#lastId;
  }

  /** The connection is gone: nobody there holds anything any more. */
  clear(): void {
    for (const [door, { id, references }] of this.#given) {
      this.#forget(id, door);
      door.count(-references);
    }
  }

  #forget(id: number, door: LocalDoor): void {
    this.#byId.delete(id);
    this.#given.delete(door);
  }
}
