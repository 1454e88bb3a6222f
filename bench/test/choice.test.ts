import { describe, expect, it } from 'vitest';
import { didYouMean, listOf, positiveInteger } from '../src/choice.js';

const known = ['doorcall', 'doorcall-sync', 'net-unix', 'undici'] as const;
const parse = listOf('transport', known);

describe('a list of names', () => {
  it('keeps the order of the run and each name once', () => {
    expect(parse('undici, doorcall,undici')).toEqual(['doorcall', 'undici']);
  });

  it('says what was probably meant', () => {
    expect(() => parse('doorcall,undicci')).toThrow(/Unknown transport 'undicci'\. Did you mean 'undici'\?/);
    expect(() => parse('net')).toThrow(/Did you mean 'net-unix'\?/);
  });

  it('lists what there is when nothing is near', () => {
    expect(() => parse('carrier-pigeon')).toThrow(
      /pigeon'\. Known: doorcall, doorcall-sync, net-unix, undici/,
    );
  });

  it('refuses an empty name', () => {
    expect(() => parse('undici,')).toThrow(/Unknown transport ''/);
  });
});

describe('didYouMean', () => {
  it('knows typos that are far off, and words that were put together or apart', () => {
    const suites = ['latency', 'throughput', 'openloop', 'handoff'];
    expect(didYouMean('thruput', suites)).toBe(" Did you mean 'throughput'?");
    expect(didYouMean('open-loop', suites)).toBe(" Did you mean 'openloop'?");
    expect(didYouMean('THRUPUT', suites)).toBe(" Did you mean 'throughput'?");
    expect(didYouMean('Latancy', suites)).toBe(" Did you mean 'latency'?");
    expect(didYouMean('hand_of', suites)).toBe(" Did you mean 'handoff'?");
    expect(didYouMean('postgres', suites)).toBe('');
    expect(didYouMean('x', [])).toBe('');
  });

  it('prefers a beginning over a near spelling', () => {
    expect(didYouMean('door', known)).toBe(" Did you mean 'doorcall'?");
  });
});

describe('a whole number', () => {
  it.each(['0', '-1', '1.5', 'three', ''])('is not %j', (text) => {
    expect(() => positiveInteger(text)).toThrow(/whole number/);
  });
});
