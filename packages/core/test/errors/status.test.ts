import { describe, expect, it } from 'vitest';
import {
  isStatusCode,
  STATUS_CODES,
  statusFromHttp,
  statusFromNumber,
  statusNumber,
  statusToHttp,
} from '../../src/errors/status.js';

describe('status codes', () => {
  it('have the numbers of gRPC', () => {
    expect(STATUS_CODES).toHaveLength(16);
    expect(STATUS_CODES.map(statusNumber)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
    expect([
      statusNumber('CANCELLED'),
      statusNumber('DEADLINE_EXCEEDED'),
      statusNumber('UNAUTHENTICATED'),
    ]).toEqual([1, 4, 16]);
  });

  it('come back from their numbers', () => {
    expect(STATUS_CODES.map(statusNumber).map(statusFromNumber)).toEqual(STATUS_CODES);
  });

  it.each([0, 17, -1, 1.5, Number.NaN])('take the number %s for UNKNOWN', (number) => {
    expect(statusFromNumber(number)).toBe('UNKNOWN');
  });

  it('map to HTTP and back to a code of the same HTTP status', () => {
    for (const code of STATUS_CODES)
      expect(statusToHttp(statusFromHttp(statusToHttp(code)))).toBe(statusToHttp(code));
    expect(statusToHttp('PERMISSION_DENIED')).toBe(403);
    expect(statusFromHttp(503)).toBe('UNAVAILABLE');
    expect(statusFromHttp(418)).toBe('UNKNOWN');
  });

  it('are told from other strings', () => {
    expect(isStatusCode('ABORTED')).toBe(true);
    expect(['OK', 'aborted', 1, null, undefined].some(isStatusCode)).toBe(false);
  });
});
