import { randomUUID } from 'node:crypto';
import type { Handlers } from '@doorcall/core';
import type { EventLog } from './event-log.js';
import type { orders } from './live-orders.gen.js';
import type { OrderEvent } from './live-orders.js';

/** @param stepMs how long an order takes from one status to the next */
export function makeHandlers(log: EventLog, stepMs: number): Handlers<typeof orders> {
  return {
    place(order) {
      const id = randomUUID();
      const reach = (status: OrderEvent['status']) => log.append({ id, order, status });
      reach('placed');
      setTimeout(reach, stepMs, 'packed').unref();
      setTimeout(reach, 2 * stepMs, 'sent').unref();
      return { id };
    },
    async *watch({ customer, after }, ctx) {
      // The signal aborts when the browser has gone: the generator then waits for nothing any more.
      for await (const event of log.follow(after, ctx.signal))
        if (customer === undefined || event.order.customer === customer) yield event;
    },
    watching: () => log.followers,
  };
}
