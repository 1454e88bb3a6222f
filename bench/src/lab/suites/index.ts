/** All suites of the lab, in the order of `all`. */
import type { SuiteName } from '../results.js';
import type { Suite } from '../suite.js';
import { chain } from './chain.js';
import { cost } from './cost.js';
import { fanin } from './fanin.js';
import { handoff } from './handoff.js';
import { latency } from './latency.js';
import { mixed } from './mixed.js';
import { openloop } from './openloop.js';
import { placement } from './placement.js';
import { throughput } from './throughput.js';

export const suites: Readonly<Record<SuiteName, Suite>> = {
  latency,
  throughput,
  openloop,
  fanin,
  mixed,
  cost,
  handoff,
  chain,
  placement,
};
