/** A whole run of the lab that nobody measured: every suite, transports of every kind, three rounds, histograms. */
import { Recorder } from '@doorcall/load';
import prand from 'pure-rand';
import type { LabResults, MeasuredTransport, Point, Trial } from '../../src/lab/results.js';
import { suites } from '../../src/lab/suites/index.js';
import { runOf } from '../lab/made-up.js';

interface MadeUp extends MeasuredTransport {
  /** µs of an order, one at a time. */
  readonly us: number;
  /** ns for each byte of a payload. */
  readonly nsPerByte: number;
  readonly mostPerSecond: number;
}

export const madeUpTransports: Readonly<Record<string, MadeUp>> = {
  'doorcall-gen': {
    kind: 'ours',
    summary: 'doorcall, asynchronous calls, generated code',
    version: 'doorcall 0.0.0',
    us: 2,
    nsPerByte: 3,
    mostPerSecond: 600_000,
  },
  doorcall: {
    kind: 'ours',
    summary: 'doorcall, asynchronous calls, default settings (msgpack)',
    version: 'doorcall 0.0.0',
    us: 4,
    nsPerByte: 5,
    mostPerSecond: 300_000,
  },
  'node-http-tcp': {
    kind: 'peer',
    summary: 'node:http on both ends, <keep-alive> & loopback TCP',
    version: 'node 20.20.0',
    us: 160,
    nsPerByte: 4,
    mostPerSecond: 20_000,
  },
  'net-unix': {
    kind: 'peer',
    summary: 'node:net over a Unix socket',
    version: 'node 20.20.0',
    doesLess: 'validates nothing',
    us: 30,
    nsPerByte: 1,
    mostPerSecond: 150_000,
  },
  'floor-futex': {
    kind: 'floor',
    summary: 'two processes and a futex',
    version: 'this repository',
    doesLess: 'bytes only, nothing checked',
    us: 8,
    nsPerByte: 0.1,
    mostPerSecond: 0,
  },
};

export function madeUpLab(
  parts: Partial<LabResults> & { readonly rounds?: number; readonly factor?: number } = {},
): LabResults {
  const { rounds = 3, factor = 1, ...others } = parts;
  const trials: Trial[] = [];
  const generator = prand.xoroshiro128plus(7);
  /** Within a few percent of 1. */
  const chance = () => 0.97 + prand.unsafeUniformIntDistribution(0, 60, generator) / 1_000;
  for (let round = 0; round < rounds; round++) {
    for (const suite of Object.values(suites)) {
      for (const [transport, madeUp] of Object.entries(madeUpTransports)) {
        for (const point of suite.points) {
          if (madeUp.kind === 'floor' && suite.floor?.(point) === undefined) continue;
          const us = latencyAt(madeUp, point) * factor * chance();
          const { latencies, ...figures } = distribution(us, chance);
          const callsPerSecond = rateAt(madeUp, point, us);
          const offered = point.ratePerSecond;
          trials.push({
            ...{ suite: suite.name, point, transport, round, latencies },
            figures: {
              ...figures,
              ...(offered === undefined
                ? { callsPerSecond }
                : { achievedPerSecond: Math.min(offered, madeUp.mostPerSecond) }),
              ...(suite.name === 'cost' && {
                clientCpuUsPerCall: us * 0.6,
                serverCpuUsPerCall: us * 0.4,
                contextSwitchesPerCall: madeUp.kind === 'ours' ? 0 : 2.1 * chance(),
                idleCpuPercent: 0.02,
                memoryKiBPerConnection: 12 * chance(),
                connectAndCallMs: 0.4 * chance(),
                firstConnectAndCallMs: 3 * chance(),
              }),
            },
          });
          if (offered !== undefined && offered > madeUp.mostPerSecond) break;
        }
      }
    }
  }
  const transports = Object.fromEntries(
    Object.entries(madeUpTransports).map(([name, { kind, summary, version, doesLess }]) => [
      name,
      { kind, summary, version, ...(doesLess !== undefined && { doesLess }) },
    ]),
  );
  return runOf(trials, {
    transports,
    gaps: [
      { suite: 'latency', transport: 'zeromq-ipc', reason: 'zeromq-ipc does not load here: no package' },
      {
        suite: 'fanin',
        point: { clients: 32 },
        transport: 'net-unix',
        round: 1,
        reason: 'server ended (SIGKILL)',
      },
    ],
    ...others,
  });
}

function latencyAt({ us, nsPerByte, mostPerSecond, kind }: MadeUp, point: Point): number {
  const { payloadBytes = 0, busy = 0, concurrency = 1, clients = 1, ratePerSecond = 0, beside } = point;
  const alone = us + (payloadBytes * nsPerByte * (point.series === 'bytes' ? 0.3 : 1)) / 1_000;
  const queued = Math.max(1, ((concurrency + clients - 1) * 1e6) / alone / (mostPerSecond || 1e6));
  const overloaded = ratePerSecond > mostPerSecond ? 1_000 : 1;
  const apart = point.placement === 'same' && kind === 'ours' ? 4 : 1;
  return alone * queued * overloaded * apart * (1 + busy * 0.3) * (beside === 'large' ? 20 : 1);
}

function rateAt({ mostPerSecond }: MadeUp, { concurrency = 1, clients = 1 }: Point, us: number): number {
  const rate = ((concurrency + clients - 1) * 1e6) / us;
  return mostPerSecond === 0 ? rate : Math.min(mostPerSecond, rate);
}

/** A median, and a tail behind it. */
function distribution(us: number, chance: () => number) {
  const recorder = new Recorder();
  for (let i = 0; i < 300; i++) recorder.record(us * 1_000 * chance() * (i % 50 === 49 ? 3 : 1));
  recorder.record(us * 12_000);
  const latencies = recorder.finish();
  const { p50Us, p90Us, p99Us, p999Us, maxUs, meanUs } = latencies.summary();
  return { latencies: latencies.toJSON(), p50Us, p90Us, p99Us, p999Us, maxUs, meanUs };
}
