import { describe, expect, it } from 'vitest';
import { timeLeft } from '../src/progress.js';

describe('the time left', () => {
  const equal = { seconds: 0, secondsDone: 0 };

  it('is measured on the steps that are over, where nothing is expected of them', () => {
    expect(timeLeft({ elapsed: 20, done: 10, total: 40, ...equal })).toBe('about 60 s left');
  });

  it('is not guessed from the first of many steps, which starts processes', () => {
    expect(timeLeft({ elapsed: 0, done: 0, total: 100, ...equal })).toBe('');
    expect(timeLeft({ elapsed: 8, done: 1, total: 100, ...equal })).toBe('');
    expect(timeLeft({ elapsed: 8, done: 10, total: 100, ...equal })).toBe('about 72 s left');
  });

  it('is what is expected of the steps to come, at the pace of those that are over', () => {
    const way = { done: 1, total: 100, seconds: 600 };
    expect(timeLeft({ ...way, elapsed: 0, secondsDone: 0 })).toBe('about 10 min left');
    // The first step took four times as long as expected: nobody knows yet whether all will.
    expect(timeLeft({ ...way, elapsed: 12, secondsDone: 3 })).toBe('about 13 min left');
    // After half of it, it is known.
    expect(timeLeft({ ...way, elapsed: 600, secondsDone: 300 })).toBe('about 10 min left');
    expect(timeLeft({ ...way, elapsed: 300, secondsDone: 300 })).toBe('about 5 min left');
  });
});
