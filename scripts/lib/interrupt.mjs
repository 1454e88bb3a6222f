import { INTERRUPTED } from './fail.mjs';

/**
 * Lets a script that is interrupted tell what there was before it ends, with exit code 130. What it leaves behind goes
 * with `process.on('exit')`, where it is made.
 */
export function whenInterrupted(tell) {
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => {
      tell();
      // After other listeners, which end commands that are running.
      setImmediate(() => process.exit(INTERRUPTED));
    });
  }
}
