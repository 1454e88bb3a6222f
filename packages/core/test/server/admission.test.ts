import { describe, expect, test } from 'vitest';
import { Admission, type Admitted } from '../../src/server/admission.js';

class Member implements Admitted {
  inFlight = 0;
  hasTurn = false;
  waits: Admitted['waits'] = 'no';
  turns = 0;
  takeTurn(): void {
    this.turns += 1;
  }
}

function members(count: number): Member[] {
  return Array.from({ length: count }, () => new Member());
}

describe('admission', () => {
  test('places go round among those that wait', () => {
    const admission = new Admission(100, 2);
    const [a, b, c] = members(3) as [Member, Member, Member];
    expect([admission.enter(a), admission.enter(a)]).toEqual([true, true]);
    expect([admission.enter(a), admission.enter(b), admission.enter(c)]).toEqual([false, false, false]);
    admission.leave(a);
    expect([a.turns, b.turns, c.turns]).toEqual([1, 0, 0]);
    // The place is kept: nobody else gets in meanwhile, not even one that does not wait yet.
    expect(admission.enter(new Member())).toBe(false);
    expect(admission.enter(a)).toBe(true);
    admission.waitAgain(a);
    admission.leave(a);
    admission.leave(a);
    expect([a.turns, b.turns, c.turns]).toEqual([1, 1, 1]);
  });

  test('a connection at its own limit waits for itself only', () => {
    const admission = new Admission(1, 10);
    const [a, b] = members(2) as [Member, Member];
    expect(admission.enter(a)).toBe(true);
    expect(admission.enter(a)).toBe(false);
    expect(a.waits).toBe('own-limit');
    expect(admission.enter(b)).toBe(true);
    admission.leave(b);
    expect(a.turns).toBe(0);
    admission.leave(a);
    expect(a.turns).toBe(1);
    expect(admission.enter(a)).toBe(true);
    expect(admission.inFlight).toBe(1);
  });

  test('a turn that is given back goes to the next', () => {
    const admission = new Admission(10, 1);
    const [a, b, c] = members(3) as [Member, Member, Member];
    admission.enter(a);
    admission.enter(b);
    admission.enter(c);
    admission.leave(a);
    expect(b.turns).toBe(1);
    admission.giveTurnBack(b);
    expect(c.turns).toBe(1);
    admission.giveTurnBack(b);
    expect(admission.enter(c)).toBe(true);
  });

  test('a connection that ends leaves its places, its turn and its place in the queue', () => {
    const admission = new Admission(10, 2);
    const [a, b, c, d] = members(4) as [Member, Member, Member, Member];
    admission.enter(a);
    admission.enter(a);
    admission.enter(b);
    admission.enter(c);
    admission.enter(d);
    admission.remove(c);
    admission.remove(a);
    expect([b.turns, c.turns, d.turns]).toEqual([1, 0, 1]);
    admission.remove(b);
    expect(admission.enter(d)).toBe(true);
    expect(admission.inFlight).toBe(1);
    expect(admission.enter(d)).toBe(true);
    expect(admission.waiting).toBe(0);
  });

  test('any order of entering, leaving and ending keeps the count', () => {
    let seed = 42;
    const random = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff;
      return seed % below;
    };
    const admission = new Admission(3, 5);
    let all = members(6);
    for (let step = 0; step < 3_000; step += 1) {
      const member = all[random(all.length)] as Member;
      const action = random(20);
      if (action === 0) {
        admission.remove(member);
        all = all.map((other) => (other === member ? new Member() : other));
      } else if (action < 9) {
        if (member.inFlight > 0) admission.leave(member);
      } else if (action === 9) {
        admission.giveTurnBack(member);
      } else if (member.waits === 'no') {
        admission.enter(member);
      }
      const inFlight = all.reduce((sum, { inFlight }) => sum + inFlight, 0);
      expect(admission.inFlight).toBe(inFlight);
      expect(inFlight + all.filter(({ hasTurn }) => hasTurn).length).toBeLessThanOrEqual(5);
      for (const { inFlight: own } of all) expect(own).toBeLessThanOrEqual(3);
    }
    // Nobody waits for ever: when all have left, all who waited have their turn.
    for (const member of all) while (member.inFlight > 0) admission.leave(member);
    let waiting = admission.waiting;
    while (waiting > 0) {
      for (const member of all) admission.giveTurnBack(member);
      expect(admission.waiting).toBeLessThan(waiting);
      waiting = admission.waiting;
    }
  });
});
