// All rounds of a run: first one life of each side is recorded, then every place is visited by several lanes at once.
import { ClientLane } from './client-lane.mjs';
import { again, makeJobs, placesOf } from './jobs.mjs';
import { LONG_KILLS } from './options.mjs';
import { bundleProgram } from './program.mjs';
import { randomFrom } from './random.mjs';
import { ServerLane } from './server-lane.mjs';
import { TakeoverLane } from './takeover-lane.mjs';

const lanes = { client: ClientLane, server: ServerLane, takeover: TakeoverLane };
/** More than one, since a round waits more than it works. */
const LANES_WHEN_LONG = 2;
/** Lives that are recorded: what one of them does not come by, another does. */
const FEWEST_RECORDINGS = 2;
const MOST_RECORDINGS = 8;

/**
 * Rounds of one side at one kind of place: what was done, and what was found.
 *
 * @typedef {{
 *   side: string, kind: string, lanes: { close(): Promise<void> }[], places: Map<string, number>, missing: string[],
 *   results: { place: string, action: string, fired: boolean }[], violations: string[]
 * }} Group
 */

/**
 * @param options of readOptions(), and for tests syscallRounds, stopsPerKill, lie, noticedWithinMs and hangMs
 * @param onRound is told { job, result, left, groups } after each round: how many are left, and all that has been found
 * @returns {Promise<Group[]>} one for each side and kind of place
 */
export async function campaign(options, onRound = () => {}) {
  const random = randomFrom(options.seed);
  const program = await bundleProgram();
  const groups = [];
  try {
    for (const side of options.sides) {
      for (const kind of options.syscalls ? ['failpoint', 'syscall'] : ['failpoint']) {
        groups.push(await openGroup({ program, side, kind, options, random }));
      }
    }
    share(groups, options, random);
    const endsMs = performance.now() + (options.minutes ?? Number.POSITIVE_INFINITY) * 60_000;
    let left = groups.reduce((sum, { jobs }) => sum + jobs.length, 0);
    await Promise.all(
      groups.map((group) =>
        workAll(group, endsMs, (job, result, repeats) => {
          if (!repeats) left -= 1;
          onRound({ job, result, left, groups });
        }),
      ),
    );
  } finally {
    await Promise.all(groups.flatMap((group) => group.lanes).map((lane) => lane.close()));
    program.remove();
  }
  return groups;
}

async function openGroup({ program, side, kind, options, random }) {
  const group = { side, kind, lanes: [], results: [], violations: [], jobs: [] };
  try {
    for (let i = 0; i < (options.long ? LANES_WHEN_LONG : 1); i++) {
      group.lanes.push(new lanes[side]({ ...options, program, debug: kind === 'failpoint', random }));
      await group.lanes[i].open();
    }
    const [lane] = group.lanes;
    const passages = new Map();
    for (let i = 0; i < MOST_RECORDINGS; i++) {
      const recorded = await lane.round({ action: 'record', kind });
      group.violations.push(...recorded.violations.map((text) => `in a life without a fault: ${text}`));
      for (const [name, count] of recorded.passages)
        passages.set(name, Math.max(count, passages.get(name) ?? 0));
      Object.assign(group, placesOf({ side, kind, passages, pattern: options.pattern }));
      if (i + 1 >= FEWEST_RECORDINGS && group.missing.length === 0) break;
    }
    return group;
  } catch (error) {
    await Promise.all(group.lanes.map((lane) => lane.close()));
    throw error;
  }
}

/** Hands the rounds out. */
function share(groups, options, random) {
  const all = groups.reduce((sum, { places }) => sum + places.size, 0);
  // Some rounds end without their kill, where a life takes another course than the recorded one.
  const kills = options.long ? (LONG_KILLS / all) * 1.02 : options.rounds;
  for (const group of groups) {
    const { side, kind, places } = group;
    const ofThis = kind === 'syscall' && !options.long ? (options.syscallRounds ?? kills) : kills;
    // Stops cost more time than kills, since they wait for deadlines.
    const stops = options.long ? 2 : (options.stopsPerKill ?? 1 / 4) * ofThis;
    const { action, passage } = options;
    const rounds = action === undefined ? { kill: ofThis, stop: stops } : { [action]: ofThis };
    group.jobs = makeJobs({ side, kind, places, rounds, passage, random });
  }
}

/** All lanes of a group take from one queue. */
async function workAll(group, endsMs, done) {
  const queue = [...group.jobs];
  await Promise.all(group.lanes.map((lane) => work(group, lane, queue, endsMs, done)));
  group.leftOut = queue.length;
}

async function work(group, lane, queue, endsMs, done) {
  while (queue.length > 0 && performance.now() < endsMs) {
    const job = queue.shift();
    const result = await lane.round(job);
    const retry = result.fired ? undefined : again(job);
    if (retry !== undefined) queue.push(retry);
    group.results.push({ ...job, ...result });
    group.violations.push(
      ...result.violations.map((text) => `${job.side} ${job.action} at ${job.place}:${job.passage}: ${text}`),
    );
    done(job, result, retry !== undefined);
  }
  group.violations.push(...((await lane.settle?.()) ?? []));
}
