import { monotonicMs } from '../context/clock.js';
import { mentionDeadline } from '../context/deadlines.js';
import type { ServerCall } from './call.js';

/** How long the calls of one connection may be ended at a stretch: thousands may be due at once. */
const STRETCH_MS = 0.3;

/** Calls of one connection whose handlers have not returned yet. What returns at once never gets in here. */
export class RunningCalls {
  readonly #unary = new Map<number, ServerCall>();
  readonly #oneway = new Set<ServerCall>();

  get unary(): number {
    return this.#unary.size;
  }

  get oneway(): number {
    return this.#oneway.size;
  }

  find(callId: number): ServerCall | undefined {
    return this.#unary.get(callId);
  }

  has(callId: number): boolean {
    return this.#unary.size > 0 && this.#unary.has(callId);
  }

  add(call: ServerCall): void {
    if (call.running) return;
    call.running = true;
    if (call.plan.oneway) this.#oneway.add(call);
    else this.#unary.set(call.callId, call);
    mentionDeadline(call.deadlineMs);
  }

  remove(call: ServerCall): void {
    if (!call.running) return;
    call.running = false;
    if (call.plan.oneway) this.#oneway.delete(call);
    else this.#unary.delete(call.callId);
  }

  /** Calls `end` for calls that are due, for a while. @returns the earliest deadline that is left */
  expire(nowMs: number, end: (call: ServerCall) => void): number {
    let next = Number.POSITIVE_INFINITY;
    let until = Number.POSITIVE_INFINITY;
    for (const calls of [this.#unary.values(), this.#oneway]) {
      for (const call of calls) {
        if (call.deadlineMs > nowMs) {
          next = Math.min(next, call.deadlineMs);
          continue;
        }
        if (until === Number.POSITIVE_INFINITY) until = monotonicMs() + STRETCH_MS;
        else if (monotonicMs() > until) return nowMs;
        end(call);
      }
    }
    return next;
  }

  /** Forgets the unary calls: their caller is gone. @returns them */
  takeUnary(): ServerCall[] {
    const calls = [...this.#unary.values()];
    this.#unary.clear();
    return calls;
  }

  all(): ServerCall[] {
    return [...this.#unary.values(), ...this.#oneway];
  }
}
