import type { NativeFailure } from '@doorcall/native';
import type { ServiceFolder } from './folder.js';
import { socketFile } from './folder.js';
import { native } from './native.js';
import type { ClaimTiming } from './options.js';

/** A service that no server has: each one refuses it at once, without making anything for it. */
export const PROBE_SERVICE = 'doorcall.probe';

/** What is known of the server behind a held lock. */
export type Verdict = 'alive' | 'unknown' | 'stale';

type Answer = 'answers' | 'silent' | 'nobody';

const PROBE = {
  service: PROBE_SERVICE,
  fingerprint: '0'.repeat(32),
  descriptor: '',
  maxMessageBytes: 4096,
  maxInFlight: 1,
  onewayWindow: 0,
  ringBytes: 4096,
} as const;

/** Errors of connect() that prove that no socket listens, not even one that nobody serves. */
const NOBODY = new Set(['ECONNREFUSED', 'ENOENT']);

/**
 * Asks again and again whether the owner of a name serves it: a lock alone proves nothing, since a forked child
 * keeps it. Any answer to a handshake is proof of life; silence has to last before it proves anything, because
 * an event loop may be busy.
 */
export class Liveness {
  #asking = false;
  #last: Answer | undefined;
  /** Since when there was no answer, and since when nobody listened. */
  #silentSince = 0;
  #nobodySince = 0;

  constructor(
    private readonly folder: ServiceFolder,
    private readonly instance: string,
    private readonly timing: ClaimTiming,
  ) {
    this.restart();
  }

  /** Another owner: what was learnt of the one before does not count. */
  restart(): void {
    this.#last = undefined;
    this.#silentSince = this.#nobodySince = performance.now();
  }

  /** Asks once more, unless a question is on its way. */
  ask(): void {
    if (this.#asking) return;
    this.#asking = true;
    const { addon } = native();
    addon.dial(
      this.folder.fd,
      socketFile(this.instance),
      -1,
      PROBE,
      this.timing.probeMs,
      (failure, connection) => {
        this.#asking = false;
        connection?.close('only a probe');
        this.#heard(failure === null ? 'answers' : answerOf(failure));
      },
    );
  }

  get verdict(): Verdict {
    if (this.#last === undefined) return 'unknown';
    if (this.#last === 'answers') return 'alive';
    const now = performance.now();
    const { nobodyMs, silentMs } = this.timing;
    if (this.#last === 'nobody' && now - this.#nobodySince >= nobodyMs) return 'stale';
    return now - this.#silentSince >= silentMs ? 'stale' : 'unknown';
  }

  #heard(answer: Answer): void {
    this.#last = answer;
    const now = performance.now();
    if (answer === 'answers') this.#silentSince = now;
    if (answer !== 'nobody') this.#nobodySince = now;
  }
}

function answerOf(failure: NativeFailure): Answer {
  if (!failure.retryable) return 'answers';
  return failure.errno !== undefined && NOBODY.has(failure.errno) ? 'nobody' : 'silent';
}
