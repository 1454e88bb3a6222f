/** What an idle connection weighs: the one way of counting for all suites. */
import { type HeldMemory, togetherKiB } from './memory.js';
import { slopeOf } from './slope.js';

/** Connections that pay for code that is loaded and compiled only then. */
const firstConnections = 10;
/** The processes are weighed after each of these steps. */
const connectionsAStep = 25;
const steps = 4;

/** Both ends of what is weighed. */
export interface Weighed {
  /** Opens that many more. */
  openIdle(count: number): Promise<unknown>;
  closeIdle(): Promise<unknown>;
  /** What each process holds, after garbage collection. */
  held(): Promise<readonly HeldMemory[]>;
}

/** Said of {@link memoryOfConnection} that is undefined: by how much something else made the processes smaller is not known. */
export const shrunk = 'the processes gave back more memory meanwhile than the connections took';

/**
 * By how many KiB a further idle connection makes all processes together larger, what they share counted once and in full: the
 * slope over a hundred of them.
 *
 * @returns undefined where the processes became smaller: {@link shrunk}
 */
export async function memoryOfConnection(ends: Weighed): Promise<number | undefined> {
  const weights: [connections: number, KiB: number][] = [];
  await ends.openIdle(firstConnections);
  for (let step = 0; step <= steps; step++) {
    if (step > 0) await ends.openIdle(connectionsAStep);
    weights.push([step * connectionsAStep, togetherKiB(await ends.held())]);
  }
  await ends.closeIdle();
  const KiB = slopeOf(weights);
  return KiB >= 0 ? KiB : undefined;
}
