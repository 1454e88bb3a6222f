/** What a driver has to show before it is timed: that it does the work. */
import { invalidOrder, isReceiptFor, sampleOrders } from './payload.js';
import type { Connection } from './transport.js';

export async function assertAnswers({ place }: Connection): Promise<void> {
  for (const order of sampleOrders) {
    const receipt = await place(order);
    if (!isReceiptFor(order, receipt)) throw new Error(`a wrong answer: ${JSON.stringify(receipt)}`);
  }
}

export async function assertRefuses({ place }: Connection): Promise<void> {
  try {
    await place(invalidOrder);
  } catch {
    return;
  }
  throw new Error('the server accepts an invalid order: it does less work than the others');
}
