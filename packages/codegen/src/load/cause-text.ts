import { inspect } from 'node:util';

/** Frames with these in them tell a contract's author nothing. */
const FOREIGN = ['node:internal/', '/node_modules/jiti/'];

/** From the first frame in this folder on, the stack is about who wanted the module to be loaded. */
const OWN = `${import.meta.dirname}/`;

/** Whatever a module threw, with the part of its stack that is the user's, and its causes. */
export function causeText(error: unknown): string {
  if (!(error instanceof Error)) return inspect(error);
  const text = [`${error.name}: ${error.message}`, ...usersFrames(error)].join('\n');
  return error.cause === undefined ? text : `${text}\ncaused by: ${causeText(error.cause)}`;
}

function usersFrames(error: Error): readonly string[] {
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  const own = frames.findIndex((frame) => frame.includes(OWN));
  return frames
    .slice(0, own === -1 ? frames.length : own)
    .filter((frame) => !FOREIGN.some((part) => frame.includes(part)));
}
