/** The loops that make calls and note how long each took. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Recorder } from '@doorcall/load';
import { isReceiptFor, type Order, type Receipt, sampleOrders } from '../payload.js';
import type { Connection } from '../transport.js';

export interface Load {
  /** Calls in flight at any moment. */
  concurrency: number;
  /** Pause between the end of a call and the next one; 0 for none. */
  gapMs: number;
  durationMs: number;
}

/** Makes calls for the given time. @returns the milliseconds from the first call to the end of the last */
export async function drive(connection: Connection, load: Load, recorder: Recorder): Promise<number> {
  const start = performance.now();
  const end = start + load.durationMs;
  if (connection.mode === 'sync') {
    if (load.gapMs > 0) await spacedSync(connection.place, load.gapMs, end, recorder);
    else backToBackSync(connection.place, end, recorder);
  } else if (load.gapMs > 0) {
    await spaced(connection.place, load.gapMs, end, recorder);
  } else {
    const loops = Array.from({ length: load.concurrency }, (_, i) => {
      return backToBack(connection.place, i, end, recorder);
    });
    await Promise.all(loops);
  }
  return performance.now() - start;
}

// One reading of the clock a call: the end of one is the start of the next, with only the note between them.

async function backToBack(
  call: (order: Order) => Promise<Receipt>,
  first: number,
  end: number,
  recorder: Recorder,
): Promise<void> {
  let before = performance.now();
  for (let i = first; before < end; i++) {
    const order = sampleOrders[i & 15]!;
    const receipt = await call(order);
    const after = performance.now();
    if (!isReceiptFor(order, receipt)) throw wrongReceipt(order, receipt);
    recorder.record((after - before) * 1e6);
    before = after;
  }
}

function backToBackSync(call: (order: Order) => Receipt, end: number, recorder: Recorder): void {
  let before = performance.now();
  for (let i = 0; before < end; i++) {
    const order = sampleOrders[i & 15]!;
    const receipt = call(order);
    const after = performance.now();
    if (!isReceiptFor(order, receipt)) throw wrongReceipt(order, receipt);
    recorder.record((after - before) * 1e6);
    before = after;
  }
}

async function spaced(
  call: (order: Order) => Promise<Receipt>,
  gapMs: number,
  end: number,
  recorder: Recorder,
): Promise<void> {
  for (let i = 0; performance.now() < end; i++) {
    const order = sampleOrders[i & 15]!;
    const before = performance.now();
    const receipt = await call(order);
    recorder.record((performance.now() - before) * 1e6);
    if (!isReceiptFor(order, receipt)) throw wrongReceipt(order, receipt);
    await sleep(gapMs);
  }
}

async function spacedSync(
  call: (order: Order) => Receipt,
  gapMs: number,
  end: number,
  recorder: Recorder,
): Promise<void> {
  for (let i = 0; performance.now() < end; i++) {
    const order = sampleOrders[i & 15]!;
    const before = performance.now();
    const receipt = call(order);
    recorder.record((performance.now() - before) * 1e6);
    if (!isReceiptFor(order, receipt)) throw wrongReceipt(order, receipt);
    await sleep(gapMs);
  }
}

function wrongReceipt(order: Order, receipt: Receipt): Error {
  return new Error(`the answer ${JSON.stringify(receipt)} does not belong to ${JSON.stringify(order)}`);
}
