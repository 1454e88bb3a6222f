import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OrderSystem } from '../src/quickstart/system.js';
import { get, order, post } from './support/customer.js';

describe.each(['doorcall', 'http'] as const)('the HTTP front, with %s behind it', (transport) => {
  let system: OrderSystem;
  beforeAll(async () => {
    system = await OrderSystem.start({ transport, stock: { tea: 10, pot: 1 } });
  });
  afterAll(() => system.end());

  test('places an order and finds it again', async () => {
    const id = randomUUID();
    const lines = [{ sku: 'tea', quantity: 2 }];
    const placed = await order(system, lines, { id });
    expect(placed).toEqual({
      status: 201,
      body: { id, customer: 'Ada', lines, status: 'placed', createdAt: expect.any(String) },
    });
    expect(await get(system, `/orders/${id}`)).toEqual({ ...placed, status: 200 });
  });

  test('gives an order an id when the customer has none', async () => {
    const body = JSON.stringify({ customer: 'Ada', lines: [{ sku: 'tea', quantity: 1 }] });
    const response = await fetch(`${system.gateway.address}/orders`, { method: 'POST', body });
    const { id } = (await response.json()) as { id: string };
    expect(response.headers.get('location')).toBe(`/orders/${id}`);
    expect(await get(system, `/orders/${id}`)).toMatchObject({ status: 200, body: { status: 'placed' } });
  });

  test('answers the same order with the same order, and takes the stock once', async () => {
    const id = randomUUID();
    const lines = [{ sku: 'pot', quantity: 1 }];
    const first = await order(system, lines, { id });
    const second = await order(system, lines, { id });
    expect(first.status).toBe(201);
    expect(second).toEqual(first);
  });

  test('answers 409 with the sku that is out of stock, each time', async () => {
    const id = randomUUID();
    const lines = [
      { sku: 'tea', quantity: 1 },
      { sku: 'kettle', quantity: 1 },
    ];
    const expected = { status: 409, body: { error: 'OUT_OF_STOCK', sku: 'kettle', orderId: id } };
    expect(await order(system, lines, { id })).toMatchObject(expected);
    expect(await order(system, lines, { id })).toMatchObject(expected);
    expect(await get(system, `/orders/${id}`)).toMatchObject({
      status: 200,
      body: { status: 'rejected', missingSku: 'kettle' },
    });
  });

  test('answers 409 when an id comes again with another content', async () => {
    const id = randomUUID();
    expect((await order(system, [{ sku: 'tea', quantity: 1 }], { id })).status).toBe(201);
    expect(await order(system, [{ sku: 'tea', quantity: 2 }], { id })).toMatchObject({
      status: 409,
      body: { error: 'ID_TAKEN', id },
    });
  });

  test('answers 400 with the path of what is wrong', async () => {
    const lines = [
      { sku: 'tea', quantity: 1 },
      { sku: 'tea', quantity: 0 },
    ];
    expect(await order(system, lines)).toMatchObject({
      status: 400,
      body: { error: 'INVALID_ARGUMENT', issues: [{ path: ['lines', 1, 'quantity'] }] },
    });
    expect(await order(system, [{ sku: 'tea', quantity: 1 }], { id: 'mine' })).toMatchObject({
      status: 400,
      body: { error: 'INVALID_ARGUMENT', issues: [{ path: ['id'] }] },
    });
  });

  test.each(['[]', '"tea"', 'null', '{}'])('answers 400 to %s', async (body) => {
    const answer = await post(system, body);
    expect(answer).toMatchObject({ status: 400, body: { error: 'INVALID_ARGUMENT' } });
  });

  test('answers 400 to what is not JSON and 413 to what is too much', async () => {
    expect(await post(system, 'tea, please')).toMatchObject({ status: 400, body: { error: 'NOT_JSON' } });
    expect(await post(system, ' '.repeat(100_000))).toMatchObject({ status: 413 });
  });

  test('answers 400 to a time that is none', async () => {
    expect(await post(system, '{}', { timeoutMs: Number.NaN })).toMatchObject({ status: 400 });
  });

  test('answers 404 to an order and a route that are not there', async () => {
    expect(await get(system, `/orders/${randomUUID()}`)).toMatchObject({
      status: 404,
      body: { error: 'NO_SUCH_ORDER' },
    });
    expect((await get(system, '/coffee')).status).toBe(404);
  });

  test('tells how many orders there are', async () => {
    const { status, body } = await get(system, '/health');
    expect(status).toBe(200);
    expect(body).toEqual({
      status: 'ok',
      orders: { pending: 0, placed: expect.any(Number), rejected: expect.any(Number) },
    });
  });
});
