import { readFileSync } from 'node:fs';
import { Recorder } from '@doorcall/load';
import { describe, expect, it } from 'vitest';
import { together } from '../../src/lab/measure-together.js';
import type { Point } from '../../src/lab/results.js';
import { suites } from '../../src/lab/suites/index.js';
import { endsWith, runTrial, stagesOf, type TrialPlan } from '../../src/lab/trial.js';
import type { Floor, FloorLoad } from '../../src/transport.js';

// The built program: it is started by file name.
const { BusyProcesses }: typeof import('../../src/processes/busy-processes.js') = await import(
  new URL('../../dist/processes/busy-processes.js', import.meta.url).href
);
const unbuilt = await import('../../src/processes/busy-processes.js');

function latencies(calls: number) {
  const recorder = new Recorder();
  for (let i = 0; i < calls; i++) recorder.record(1_000);
  return recorder.finish().toJSON();
}

describe('the processes of a suite', () => {
  const stages = (name: keyof typeof suites) =>
    stagesOf(suites[name], suites[name].points, 'free').map(({ layout, points }) => ({
      ...layout,
      points: points.length,
    }));

  it('are fresh for each number of clients, and as many', () => {
    expect(stages('fanin').map(({ clients, points }) => [clients, points])).toEqual(
      suites.fanin.points.map(({ clients }) => [clients, 1]),
    );
  });

  it('are others for typed values and for bytes', () => {
    const { points } = suites.latency;
    expect(stages('latency').map((stage) => stage.points)).toEqual([points.length / 2, points.length / 2]);
  });

  it('are others for each placement, and else the same for all points', () => {
    expect(stages('placement').map(({ placement }) => placement)).toEqual(['free', 'same', 'apart']);
    expect(stages('throughput')).toHaveLength(1);
    expect(stages('handoff')).toHaveLength(1);
  });
});

describe('a round of an open loop', () => {
  const points = [100, 200, 400].map((ratePerSecond) => ({ ratePerSecond }));
  const achieved = (achievedPerSecond: number) => ({ figures: { achievedPerSecond } });
  /** @param before what the round before has achieved at each rate */
  const ends = (i: number, now: number, ...before: number[]) =>
    endsWith(suites.openloop, points, i, achieved(now), (point) => {
      const there = before[points.findIndex(({ ratePerSecond }) => ratePerSecond === point.ratePerSecond)];
      return there === undefined ? [] : [achieved(there)];
    });

  it('ends at a rate that was not reached', () => {
    expect(ends(0, 100)).toBe(false);
    expect(ends(1, 150)).toBe(true);
  });

  it('has the rates that an earlier one has, and counts what that has achieved', () => {
    expect(ends(0, 50, 100, 200)).toBe(false);
    expect(ends(1, 200, 100, 100)).toBe(true);
    expect(ends(1, 199, 100, 197)).toBe(false);
  });
});

describe('clients that call together', () => {
  it('have the rate of the span in which any of them called', () => {
    const client = (startMs: number, endMs: number) => ({
      startMs,
      endMs,
      cpuUs: 0,
      latencies: latencies(100),
    });
    expect(together([client(0, 1_000), client(500, 1_500)]).figures.callsPerSecond).toBeCloseTo(200 / 1.5, 6);
  });
});

/** What a trial of the floor tells. */
async function runFloor(
  run: (load: FloorLoad, signal: AbortSignal) => ReturnType<Floor['run']>,
  plan: Partial<TrialPlan>,
) {
  const measured: Point[] = [];
  const failed: [Point, string][] = [];
  const floor: Floor = { kind: 'floor', summary: '', version: '', doesLess: '', run };
  const suite = suites.handoff;
  await runTrial(
    'floor',
    floor,
    { suite, points: [{ busy: 0 }], transport: 'floor', windowMs: 100, placement: 'free', ...plan },
    {
      begin() {},
      measured: (point) => measured.push(point),
      failed: (points, error) => points.map((point) => failed.push([point, (error as Error).message])),
      stable() {},
    },
    new AbortController().signal,
  );
  return { measured, failed };
}

const result = {
  elapsedMs: 1,
  calls: 1,
  cpuUs: { client: 1, server: 1 },
  contextSwitches: { client: 0, server: 0 },
  latencies: latencies(1),
};

describe('a program of the floor', () => {
  it('has the window that the others have', async () => {
    const windows: number[] = [];
    await runFloor(async ({ durationMs }) => {
      windows.push(durationMs);
      return result;
    }, {});
    expect(windows).toEqual([suites.handoff.minWindowMs]);
  });

  it('that hangs is ended, and told', async () => {
    let ended: AbortSignal | undefined;
    const { failed } = await runFloor(
      (_, signal) => {
        ended = signal;
        return new Promise(() => {});
      },
      { stepSeconds: 0.05 },
    );
    expect(failed).toEqual([[{ busy: 0 }, 'no result within 0.05 s']]);
    expect(ended!.aborted).toBe(true);
  });

  it('that fails costs no other point', async () => {
    const points = [{ payloadBytes: 0 }, { payloadBytes: 64 }].map((point) => ({
      ...point,
      series: 'bytes' as const,
    }));
    const { measured, failed } = await runFloor(
      async ({ bytes }) => {
        if (bytes === 0) throw new Error('broken');
        return result;
      },
      { suite: suites.latency, points },
    );
    expect(failed).toEqual([[points[0], 'broken']]);
    expect(measured).toEqual([points[1]]);
  });
});

describe('compute-bound processes', () => {
  const pids = () =>
    readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8')
      .trim()
      .split(' ')
      .map(Number)
      .filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('busy-program'));

  it('that end at once are noticed', async () => {
    // There is no such program beside the sources.
    await expect(unbuilt.BusyProcesses.start(1)).rejects.toThrow(
      'a compute-bound process ended early (exit code 1)',
    );
  });

  it('that end early are noticed by whoever measures beside them', async () => {
    await using busy = await BusyProcesses.start(2);
    await expect(busy.during(Promise.resolve('measured'))).resolves.toBe('measured');
    const work = busy.during(new Promise(() => {}));
    process.kill(pids()[0]!, 'SIGKILL');
    await expect(work).rejects.toThrow('a compute-bound process ended early (SIGKILL)');
    await expect(busy.during(new Promise(() => {}))).rejects.toThrow('ended early');
  });
});
