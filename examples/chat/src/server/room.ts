import type { Message } from '../contract.js';

/** Who is in a room, as the room sees them. */
export interface Member {
  readonly name: string;
  hear(message: Message): void;
}

const REMEMBERED = 1_000;

/** Knows nothing of processes. */
export class Room {
  readonly #members = new Map<string, Member>();
  #history: Message[] = [];
  #count = 0;

  get members(): string[] {
    return [...this.#members.keys()].sort();
  }

  /** @returns false when somebody of that name is there already */
  enter(member: Member): boolean {
    if (this.#members.has(member.name)) return false;
    this.say(member.name, 'has come');
    this.#members.set(member.name, member);
    return true;
  }

  leave(member: Member): void {
    if (this.#members.get(member.name) !== member) return;
    this.#members.delete(member.name);
    this.say(member.name, 'has left');
  }

  /** @returns its number */
  say(from: string, text: string): number {
    this.#count += 1;
    const message = { number: this.#count, from, text };
    this.#history = [...this.#history.slice(1 - REMEMBERED), message];
    for (const member of this.#members.values()) {
      if (member.name !== from) member.hear(message);
    }
    return message.number;
  }

  last(count: number): readonly Message[] {
    return count === 0 ? [] : this.#history.slice(-count);
  }
}
