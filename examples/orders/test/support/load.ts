import { randomUUID } from 'node:crypto';
import type { OrderSystem } from '../../src/quickstart/system.js';
import { order } from './customer.js';

/** Customers who order without a pause, and repeat an order whose outcome they were not told. */
export class Load {
  static readonly QUANTITY = 2;

  private readonly accepted: string[] = [];
  private readonly customers: Promise<void>;
  private going = true;
  private failure: unknown;
  private wake: () => void = () => {};

  constructor(
    private readonly system: OrderSystem,
    customers: number,
  ) {
    const all = Array.from({ length: customers }, () => this.customer());
    this.customers = Promise.all(all).then(() => {});
    this.customers.catch((error) => {
      this.failure = error;
      this.wake();
    });
  }

  /** Waits until so many further orders were accepted. @throws what a customer did not expect. */
  async moreAccepted(count: number): Promise<void> {
    const goal = this.accepted.length + count;
    while (this.accepted.length < goal) {
      if (this.failure !== undefined) throw this.failure;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  /** Lets every customer finish. @returns the ids of all orders that were answered with 201. */
  async finish(): Promise<readonly string[]> {
    this.going = false;
    await this.customers;
    return this.accepted;
  }

  private async customer(): Promise<void> {
    while (this.going) {
      const id = randomUUID();
      for (let told = false; !told && this.going; ) {
        const { status, body } = await order(this.system, [{ sku: 'tea', quantity: Load.QUANTITY }], { id });
        told = status === 201;
        if (told) this.accepted.push(id);
        else if (status !== 503 && status !== 504) throw new Error(`${status}: ${JSON.stringify(body)}`);
      }
      this.wake();
    }
  }
}
