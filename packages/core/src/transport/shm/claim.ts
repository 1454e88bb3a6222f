import { setTimeout as sleep } from 'node:timers/promises';
import { RpcError } from '../../errors/rpc-error.js';
import { statusFromNumber } from '../../errors/status.js';
import { type ServiceFolder, socketFile } from './folder.js';
import { Liveness } from './liveness.js';
import { describeOwner, LockFile } from './lock-file.js';
import { native } from './native.js';
import type { ClaimTiming, OnTaken } from './options.js';

/** More instances than this are a loop gone wrong. */
const MAX_INSTANCES = 1024;

/**
 * Makes a name ours, or the next free one for `join`.
 * @returns the lock file of the name, locked.
 * @throws RpcError ALREADY_EXISTS naming the owner's pid.
 */
export async function claimName(
  folder: ServiceFolder,
  instance: string,
  onTaken: OnTaken,
  timing: ClaimTiming,
): Promise<LockFile> {
  if (onTaken === 'join') return joinUnder(folder, instance);
  const lock = LockFile.open(folder, instance);
  try {
    await claim(folder, lock, onTaken, timing);
    return lock;
  } catch (error) {
    lock.close();
    throw error;
  }
}

/** The first instance whose name is free. A slot is used again, so that no files pile up. */
async function joinUnder(folder: ServiceFolder, base: string): Promise<LockFile> {
  for (let number = 1; number <= MAX_INSTANCES; number++) {
    const lock = LockFile.open(folder, number === 1 ? base : `${base}-${number}`);
    let ours = false;
    try {
      ours = await lock.attempt();
    } finally {
      if (!ours) lock.close();
    }
    if (ours) return lock;
  }
  throw new RpcError('RESOURCE_EXHAUSTED', `${folder.path} has ${MAX_INSTANCES} instances already`, {
    origin: 'transport',
  });
}

async function claim(
  folder: ServiceFolder,
  lock: LockFile,
  onTaken: Exclude<OnTaken, 'join'>,
  timing: ClaimTiming,
): Promise<void> {
  const liveness = new Liveness(folder, lock.instance, timing);
  const began = performance.now();
  let patienceMs = onTaken === 'fail' ? 0 : timing.waitMs;
  let generation = lock.generation;
  for (;;) {
    if (await lock.attempt()) return;
    if (lock.generation !== generation) {
      generation = lock.generation;
      liveness.restart();
    }
    const { verdict } = liveness;
    if (verdict === 'stale' && (await lock.replace())) return;
    if (verdict === 'alive') {
      if (onTaken === 'replace') {
        const answer = await takeOver(folder, lock, timing);
        if (answer === 'ours') return;
        // The owner waits so long for the one before us. Should that one have come to nothing, it is our turn.
        if (answer === 'promised') patienceMs = timing.handoverMs + timing.waitMs;
      }
      if (performance.now() >= began + patienceMs) throw taken(folder, lock, patienceMs);
    }
    void liveness.ask();
    await sleep(timing.pollMs);
  }
}

/**
 * @returns whether the name is ours; if not, another attempt is worth it, at once or when the owner has seen what
 * becomes of another server to which it gave the name.
 * @throws RpcError when the owner refuses.
 */
async function takeOver(
  folder: ServiceFolder,
  lock: LockFile,
  { probeMs }: ClaimTiming,
): Promise<'ours' | 'promised' | 'not-yet'> {
  const { addon } = native();
  const answer = await new Promise<number | 'promised' | 'not-yet'>((resolve, reject) => {
    addon.takeOver(folder.fd, socketFile(lock.instance), probeMs, (failure, fd) => {
      if (failure === null) resolve(fd);
      else if (failure.retryable) resolve('not-yet');
      else if (statusFromNumber(failure.code) === 'ABORTED') resolve('promised');
      else reject(new RpcError(statusFromNumber(failure.code), failure.message, { origin: 'transport' }));
    });
  });
  if (typeof answer !== 'number') return answer;
  return (await lock.adopt(answer)) ? 'ours' : 'not-yet';
}

function taken(folder: ServiceFolder, lock: LockFile, waitedMs: number): RpcError {
  const where = `${folder.path}/${socketFile(lock.instance)}`;
  const waited = waitedMs > 0 ? `, also after ${waitedMs} ms` : '';
  return new RpcError(
    'ALREADY_EXISTS',
    `${where} is already served by ${describeOwner(lock.owner())}${waited}; onTaken 'join' serves beside it, 'replace' takes the name over`,
    { origin: 'transport' },
  );
}
