import { isRpcError } from '@doorcall/core';
import { inventory } from '../contracts/inventory.gen.js';
import type { Order } from '../contracts/orders.js';
import { untilAnswered } from '../retry.js';
import type { Calls } from '../transport.js';
import type { OrderBook } from './order-book.js';

/** How often orders that were left pending are looked at again. */
const SWEEP_MS = 500;
/** How long one of them may wait for the inventory each time. */
const SWEEP_CALL_MS = 1_000;

/**
 * Brings pending orders to their end. An order is written down before the inventory is asked, and the inventory
 * decides each order once, so whatever dies in between, asking again finishes the order without doing it twice.
 */
export class Settlement {
  private sweeping: Promise<void> | undefined;
  private readonly timer = setInterval(() => this.sweep(), SWEEP_MS).unref();

  constructor(
    private readonly book: OrderBook,
    private readonly stock: Calls<typeof inventory>,
  ) {}

  /** Asks until the inventory answers or the deadline of the call that is being handled passes. */
  settle(order: Order): Promise<Order> {
    return untilAnswered(() => this.attempt(order));
  }

  /** Stops looking after pending orders; the next start goes on with them. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.sweeping;
  }

  private sweep(): void {
    this.sweeping ??= this.settleLeftovers().finally(() => {
      this.sweeping = undefined;
    });
  }

  private async settleLeftovers(): Promise<void> {
    for (const order of this.book.pending()) {
      try {
        await this.attempt(order, SWEEP_CALL_MS);
      } catch (error) {
        if (!isRpcError(error)) throw error;
        // Still nobody there: the order stays pending until the next sweep.
        return;
      }
    }
  }

  private async attempt(order: Order, timeoutMs?: number): Promise<Order> {
    try {
      const request = { orderId: order.id, lines: order.lines };
      await this.stock.reserve(request, timeoutMs === undefined ? {} : { timeoutMs });
      return this.book.settle(order.id, undefined);
    } catch (error) {
      if (!isRpcError(error, inventory.reserve, 'OUT_OF_STOCK')) throw error;
      return this.book.settle(order.id, error.data.sku);
    }
  }
}
