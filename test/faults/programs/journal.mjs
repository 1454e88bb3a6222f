// Logs that survive the kill of their writer: each line is one write(2) to a file opened with O_APPEND.
import { openSync, writeSync } from 'node:fs';
import { told } from './lie.mjs';

/** CLOCK_MONOTONIC in ns: one clock for all processes, and for the addon's failpoints. */
export const now = () => process.hrtime.bigint();

/** @returns a function that writes its arguments as one line */
export function openJournal(file) {
  const fd = openSync(file, 'a');
  return (...fields) => {
    for (const line of told(fields)) writeSync(fd, `${line.join(' ')}\n`);
  };
}
