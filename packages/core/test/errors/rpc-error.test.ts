import { describe, expect, it, vi } from 'vitest';
import { showIssues } from '../../src/errors/issue.js';
import { isRpcError, RpcError } from '../../src/errors/rpc-error.js';

describe('RpcError', () => {
  it('has its code at the front of the message', () => {
    const error = new RpcError('UNAVAILABLE', 'no server answers');
    expect(error.message).toBe('UNAVAILABLE: no server answers');
    expect(String(error)).toBe('RpcError: UNAVAILABLE: no server answers');
    expect(error).toMatchObject({ code: 'UNAVAILABLE', origin: 'client', maybeExecuted: false });
    expect(error).toBeInstanceOf(Error);
  });

  it('has only the properties that it was given', () => {
    expect(Object.keys(new RpcError('ABORTED', 'x')).sort()).toEqual(['code', 'maybeExecuted', 'origin']);
    const full = new RpcError('ABORTED', 'x', {
      origin: 'server',
      maybeExecuted: true,
      method: 'orders/place',
      reason: 'R',
      data: { a: 1 },
      metadata: { k: 'v' },
      issues: [{ path: ['a'], message: 'no' }],
      cause: 'why',
    });
    expect(full).toMatchObject({
      method: 'orders/place',
      reason: 'R',
      data: { a: 1 },
      metadata: { k: 'v' },
      cause: 'why',
    });
  });

  it('is recognised by another copy of the package', async () => {
    vi.resetModules();
    const copy = await import('../../src/errors/rpc-error.js');
    expect(copy.RpcError).not.toBe(RpcError);
    const theirs = new copy.RpcError('ABORTED', 'x');
    expect(theirs).toBeInstanceOf(RpcError);
    expect(isRpcError(theirs)).toBe(true);
    expect(RpcError.from(theirs)).toBe(theirs);
  });

  it('is not confused with other errors, nor its subclasses with it', () => {
    class Narrower extends RpcError {}
    expect(new Narrower('ABORTED', 'x')).toBeInstanceOf(RpcError);
    expect(new RpcError('ABORTED', 'x')).not.toBeInstanceOf(Narrower);
    for (const other of [new Error('x'), { code: 'ABORTED' }, null, undefined, 'ABORTED']) {
      expect(isRpcError(other)).toBe(false);
    }
  });

  it('is made from anything that was thrown', async () => {
    const timeout = AbortSignal.timeout(1);
    await new Promise((resolve) => timeout.addEventListener('abort', resolve));
    expect(RpcError.from(timeout.reason).code).toBe('DEADLINE_EXCEEDED');
    expect(RpcError.from(AbortSignal.abort().reason).code).toBe('CANCELLED');
    const cause = new TypeError('boom');
    expect(RpcError.from(cause)).toMatchObject({ code: 'UNKNOWN', message: 'UNKNOWN: boom', cause });
    expect(RpcError.from('text')).toMatchObject({ code: 'UNKNOWN', message: 'UNKNOWN: text' });
    expect(RpcError.from(undefined, { origin: 'server' })).toMatchObject({ origin: 'server' });
  });
});

describe('isRpcError with a method and a reason', () => {
  const place = { service: 'orders', name: 'place' };
  const declared = new RpcError('ABORTED', 'x', {
    method: 'orders/place',
    reason: 'OUT_OF_STOCK',
    data: { sku: 'a' },
  });

  it('accepts that error of that method only', () => {
    expect(isRpcError(declared, place, 'OUT_OF_STOCK')).toBe(true);
    expect(isRpcError(declared, place, 'OTHER')).toBe(false);
    expect(isRpcError(declared, { service: 'inventory', name: 'place' }, 'OUT_OF_STOCK')).toBe(false);
    expect(isRpcError(new RpcError('ABORTED', 'x', { reason: 'OUT_OF_STOCK' }), place, 'OUT_OF_STOCK')).toBe(
      false,
    );
  });
});

describe('showIssues', () => {
  it('shows the first ones with their paths', () => {
    const issue = (path: readonly (string | number)[]) => ({ path, message: 'bad' });
    expect(showIssues([issue([]), issue(['items', 0, 'a b'])], 'input')).toBe(
      'input: bad; input.items[0]["a b"]: bad',
    );
    expect(showIssues([issue(['a']), issue(['b']), issue(['c']), issue(['d']), issue(['e'])], 'input')).toBe(
      'input.a: bad; input.b: bad; input.c: bad (and 2 more)',
    );
  });
});
