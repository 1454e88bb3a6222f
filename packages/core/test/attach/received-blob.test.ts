import { expect, it, onTestFinished, vi } from 'vitest';
import { ReceivedBlob } from '../../src/attach/received-blob.js';
import { gate, turn } from '../behaviour/waiting.js';

/** A blob of 1, 2, 3 that shows zeros once it was given back. */
function received() {
  const bytes = Uint8Array.of(1, 2, 3);
  let released = 0;
  const release = () => {
    released += 1;
    bytes.fill(0);
  };
  const view = { length: 3, bytes, lend: () => bytes, copy: () => bytes.slice(), release };
  return { blob: new ReceivedBlob(view), released: () => released };
}

it('work holds the bytes, however often they are released', async () => {
  const { blob, released } = received();
  const writes = gate();
  const slowly = async (bytes: Uint8Array) => {
    await writes.opened;
    return [...bytes];
  };
  let work: Promise<number[]>;
  {
    using used = blob;
    work = used.hold(slowly);
    used.release();
  }
  blob.release();
  expect(released()).toBe(0);
  writes.open();
  expect(await work).toEqual([1, 2, 3]);
  expect(released()).toBe(1);
  await expect(blob.hold(slowly)).rejects.toMatchObject({ code: 'FAILED_PRECONDITION' });
});

it('several works hold it, and so does whoever retains it', async () => {
  const { blob, released } = received();
  const [first, second] = [gate(), gate()];
  const works = [blob.hold(() => first.opened), blob.hold(() => second.opened)];
  blob.retain();
  blob.release();
  first.open();
  await works[0];
  blob.release();
  expect(released()).toBe(0);
  second.open();
  await works[1];
  expect(released()).toBe(1);
});

it('work that fails, also before it begins, holds it no more', async () => {
  const { blob, released } = received();
  const fails = () => {
    throw new Error('no');
  };
  await expect(blob.hold(fails)).rejects.toThrow('no');
  expect(released()).toBe(0);
  blob.release();
  blob.release();
  expect(released()).toBe(1);
});

it('work that is read and returns a promise is refused, and what that comes to ends no process', async () => {
  const { blob, released } = received();
  const unhandled = vi.fn();
  process.on('unhandledRejection', unhandled);
  onTestFinished(() => void process.off('unhandledRejection', unhandled));
  const later = async () => {
    throw new Error('no');
  };
  expect(() => blob.read(later)).toThrow(TypeError);
  await turn();
  await turn();
  expect(unhandled).not.toHaveBeenCalled();
  blob.release();
  expect(released()).toBe(1);
});
