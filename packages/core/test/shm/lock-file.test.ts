import { closeSync, fstatSync, openSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { ServiceFolder } from '../../src/transport/shm/folder.js';
import { guarded } from '../../src/transport/shm/guard.js';
import { LockFile } from '../../src/transport/shm/lock-file.js';
import { native } from '../../src/transport/shm/native.js';
import { serviceFolder } from './support/folder.js';

/** flock belongs to the open file, so each object here stands for a process. */
function contender(folder: ServiceFolder): LockFile {
  const lock = LockFile.open(folder, 'main');
  onTestFinished(() => lock.close());
  return lock;
}

/** A descriptor as it arrives from another process. */
const sent = (fd: number) => native().addon.duplicate(fd);

const isOpen = (fd: number) => {
  try {
    fstatSync(fd);
    return true;
  } catch {
    return false;
  }
};

describe('the lock of a name', () => {
  test('has one holder at a time', async () => {
    const folder = serviceFolder();
    const first = LockFile.open(folder, 'main');
    const second = contender(folder);
    expect(await first.attempt()).toBe(true);
    expect(await first.attempt()).toBe(true);
    expect(await second.attempt()).toBe(false);
    first.close();
    expect(await second.attempt()).toBe(true);
  });

  test('on a file that somebody has removed counts for nothing', async () => {
    const folder = serviceFolder();
    const first = contender(folder);
    await first.attempt();
    rmSync(`${folder.path}/main.lock`);
    const second = contender(folder);
    expect(await second.attempt()).toBe(true);
    expect(await first.attempt()).toBe(false);
    expect(first.generation).toBe(1);
  });

  test('is that of the file that stands there, also for one who has opened the file before it', async () => {
    const folder = serviceFolder();
    const stale = LockFile.open(folder, 'main');
    await stale.attempt();
    const late = contender(folder);
    const owner = contender(folder);
    expect(await owner.replace()).toBe(true);
    stale.close();
    // The file that `late` has open is free now, but it is not the one that counts.
    expect(await late.attempt()).toBe(false);
    expect(statSync(`${folder.path}/main.lock`).ino).toBe(fstatSync(owner.descriptor).ino);
  });

  test('when stale is replaced by one only', async () => {
    const folder = serviceFolder();
    await contender(folder).attempt();
    const first = contender(folder);
    const second = contender(folder);
    expect(await first.replace()).toBe(true);
    expect(await second.replace()).toBe(false);
    expect(await second.attempt()).toBe(false);
    expect(await first.attempt()).toBe(true);
  });

  test('is taken as it is when its holder lets go before it is replaced', async () => {
    const folder = serviceFolder();
    const holder = LockFile.open(folder, 'main');
    await holder.attempt();
    const other = contender(folder);
    const { ino } = fstatSync(other.descriptor);
    holder.close();
    expect(await other.replace()).toBe(true);
    expect(statSync(`${folder.path}/main.lock`).ino).toBe(ino);
  });

  test('moves on with its descriptor', async () => {
    const folder = serviceFolder();
    const old = LockFile.open(folder, 'main');
    await old.attempt();
    const next = contender(folder);
    expect(await next.adopt(sent(old.descriptor))).toBe(true);
    old.close();
    expect(await contender(folder).attempt()).toBe(false);
    expect(next.owner()).toMatchObject({ pid: process.pid });
  });

  test('that came from another process is followed by one that did not', async () => {
    const folder = serviceFolder();
    const old = LockFile.open(folder, 'main');
    await old.attempt();
    const next = contender(folder);
    await next.adopt(sent(old.descriptor));
    old.close();
    rmSync(`${folder.path}/main.lock`);
    expect(await next.attempt()).toBe(true);
    const { descriptor } = next;
    // Node counts the descriptors that `fs` opens: it must be `fs` that closes them.
    const spy = vi.spyOn(native().addon, 'closeDescriptor');
    onTestFinished(() => spy.mockRestore());
    next.close();
    expect(spy).not.toHaveBeenCalled();
    expect(isOpen(descriptor)).toBe(false);
  });

  test('stays closed: its descriptor’s number is another file’s by then', async () => {
    const folder = serviceFolder();
    const lock = LockFile.open(folder, 'main');
    await guarded(folder, () => {});
    const guard = openSync(`${folder.path}/.guard`, 'r+');
    expect(native().addon.tryLock(guard)).toBe(true);
    const attempt = lock.attempt();
    lock.close();
    // One of them has the number.
    const strangers = Array.from({ length: 16 }, () => openSync('/dev/null', 'r'));
    closeSync(guard);
    await expect(attempt).rejects.toThrow('the lock of main is closed');
    lock.close();
    expect(strangers.every(isOpen)).toBe(true);
    for (const fd of strangers) closeSync(fd);
  });

  test('is not got by a descriptor of something else, or of a lock that another holds', async () => {
    const folder = serviceFolder();
    const holder = contender(folder);
    await holder.attempt();
    const other = contender(folder);
    const stranger = LockFile.open(folder, 'other');
    await stranger.attempt();
    const wrongFile = sent(stranger.descriptor);
    stranger.close();
    expect(await other.adopt(wrongFile)).toBe(false);
    expect(isOpen(wrongFile)).toBe(false);
    const file = openSync(`${folder.path}/main.lock`, 'r+');
    const unlocked = sent(file);
    closeSync(file);
    expect(await other.adopt(unlocked)).toBe(false);
    expect(isOpen(unlocked)).toBe(false);
    expect(await holder.attempt()).toBe(true);
  });

  test('is not looked for behind a symbolic link', () => {
    const folder = serviceFolder();
    symlinkSync('/etc/hostname', `${folder.path}/main.lock`);
    expect(() => LockFile.open(folder, 'main')).toThrow('ELOOP');
  });
});

describe('the guard', () => {
  test('lets one change of owners happen at a time', async () => {
    const folder = serviceFolder();
    const lock = contender(folder);
    await guarded(folder, () => {});
    const fd = openSync(`${folder.path}/.guard`, 'r+');
    expect(native().addon.tryLock(fd)).toBe(true);
    let done = false;
    const attempt = lock.attempt().then((got) => {
      done = true;
      return got;
    });
    // Several polls' worth: had it not waited, it would be done.
    await sleep(20);
    expect(done).toBe(false);
    closeSync(fd);
    expect(await attempt).toBe(true);
  });

  test('is given back when the change fails', async () => {
    const folder = serviceFolder();
    const failing = guarded(folder, () => {
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    await guarded(folder, () => {});
  });

  test('that was sent is let go when it cannot be looked at', async () => {
    const folder = serviceFolder();
    const owner = contender(folder);
    await owner.attempt();
    const successor = contender(folder);
    const fd = sent(owner.descriptor);
    rmSync(folder.path, { recursive: true });
    await expect(successor.adopt(fd)).rejects.toThrow();
    expect(isOpen(fd)).toBe(false);
  });
});
