// What is to be done: at which place, on which side, with which signal, at which passage.
import { pointsOf } from './places.mjs';
import { shuffled } from './random.mjs';

/** Beyond this a place is passed again and again in the same way. */
const MOST_PASSAGE = 40;
/** A place that was not reached is tried again at an earlier passage, so often. */
export const ATTEMPTS = 6;

/**
 * A job: { side, kind: 'failpoint' | 'syscall', place, action: 'kill' | 'stop', passage, attempt }.
 *
 * @param what.places by name: how often a life without a fault passes them
 * @param what.rounds by action, for each place; a fraction stands for some of the places
 * @param what.passage always that one; else by chance
 */
export function makeJobs({ side, kind, places, rounds, passage: always, random }) {
  const jobs = [];
  for (const [action, wanted] of Object.entries(rounds)) {
    for (const [place, passages] of places) {
      const count = Math.floor(wanted) + (random() < wanted % 1 ? 1 : 0);
      for (let round = 0; round < count; round++) {
        const passage = always ?? passageOf(passages, round, random);
        jobs.push({ side, kind, place, action, passage, attempt: 1 });
      }
    }
  }
  return shuffled(jobs, random);
}

/** Of several rounds one is always at the first passage, where most is new. */
function passageOf(passages, round, random) {
  return round % 8 === 1 ? 1 : 1 + Math.floor(random() * Math.min(passages, MOST_PASSAGE));
}

/** The same once more, earlier; undefined when it has been tried often enough. */
export function again(job) {
  if (job.attempt === ATTEMPTS) return undefined;
  const passage = job.attempt >= ATTEMPTS / 2 ? 1 : Math.ceil(job.passage / 2);
  return { ...job, passage, attempt: job.attempt + 1 };
}

/**
 * The places that match a pattern and that a life came by.
 *
 * @param passages as a round that only records tells them
 * @returns places: Map; missing: failpoints that stand in the sources and were not passed
 */
export function placesOf({ side, kind, passages, pattern }) {
  const ofSide = new Set(kind === 'failpoint' ? pointsOf(side) : passages.keys());
  const wanted = (name) => ofSide.has(name) && (pattern === undefined || pattern.test(name));
  const places = new Map([...passages].filter(([name]) => wanted(name)).sort());
  const missing = [...ofSide].filter((name) => wanted(name) && !places.has(name));
  return { places, missing };
}
