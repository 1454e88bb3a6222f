/** All payloads, in the order of the tables. */
import { payload as blob } from './blob.js';
import { payload as events } from './events.js';
import { payload as login } from './login.js';
import { payload as order } from './order.js';
import { payload as page } from './page.js';
import type { Payload } from './payload.js';
import { payload as telemetry } from './telemetry.js';
import { payload as text } from './text.js';
import { payload as tree } from './tree.js';

export const payloads = { login, telemetry, order, events, page, tree, text, blob } as const satisfies Record<
  string,
  Payload
>;

export type PayloadName = keyof typeof payloads;
export const payloadNames = Object.keys(payloads) as PayloadName[];
