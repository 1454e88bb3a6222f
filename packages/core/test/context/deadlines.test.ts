import { expect, test, vi } from 'vitest';
import { monotonicMs } from '../../src/context/clock.js';
import {
  addDeadlineOwner,
  type DeadlineOwner,
  mentionDeadline,
  removeDeadlineOwner,
} from '../../src/context/deadlines.js';

class Owner implements DeadlineOwner {
  readonly deadlines = new Set<number>();
  readonly ended: { readonly deadline: number; readonly atMs: number }[] = [];
  asked = 0;
  #done!: () => void;
  readonly done = new Promise<void>((resolve) => {
    this.#done = resolve;
  });

  add(deadline: number): void {
    this.deadlines.add(deadline);
    mentionDeadline(deadline);
  }

  expire(nowMs: number): number {
    this.asked += 1;
    for (const deadline of this.deadlines) {
      if (deadline > nowMs) continue;
      this.deadlines.delete(deadline);
      this.ended.push({ deadline, atMs: nowMs });
    }
    if (this.deadlines.size === 0) this.#done();
    return Math.min(Number.POSITIVE_INFINITY, ...this.deadlines);
  }
}

test('every deadline fires, none early, whatever the order in which they were mentioned', async () => {
  const now = monotonicMs();
  const owners = [new Owner(), new Owner()];
  for (const owner of owners) addDeadlineOwner(owner);
  // Nothing else keeps this process alive for an unreferenced timer's sake but the test runner itself.
  for (const inMs of [60, 5, 30, 5, 45, 12, 60, 1]) {
    for (const [index, owner] of owners.entries()) owner.add(now + inMs + index / 10);
  }
  await Promise.all(owners.map((owner) => owner.done));
  for (const owner of owners) {
    removeDeadlineOwner(owner);
    for (const { deadline, atMs } of owner.ended) expect(atMs).toBeGreaterThanOrEqual(deadline);
    expect(owner.ended).toHaveLength(6);
  }
});

test('an owner that was removed is not asked', async () => {
  const gone = new Owner();
  const stays = new Owner();
  addDeadlineOwner(gone);
  addDeadlineOwner(stays);
  gone.add(monotonicMs() + 2);
  removeDeadlineOwner(gone);
  stays.add(monotonicMs() + 10);
  await stays.done;
  removeDeadlineOwner(stays);
  expect(gone.asked).toBe(0);
});

test('an owner that throws does not cost the others their deadlines', async () => {
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  const throws: DeadlineOwner = {
    expire: () => {
      throw new Error('broken');
    },
  };
  const other = new Owner();
  addDeadlineOwner(throws);
  addDeadlineOwner(other);
  other.add(monotonicMs() + 2);
  other.add(monotonicMs() + 10);
  await other.done;
  removeDeadlineOwner(throws);
  removeDeadlineOwner(other);
  expect(other.ended).toHaveLength(2);
  expect(warned).toHaveBeenCalledWith(expect.stringContaining('broken'));
  warned.mockRestore();
});
