import type { NativeFailure } from '@doorcall/native';
import type { ServiceFolder } from './folder.js';
import { socketFile } from './folder.js';
import { native } from './native.js';
import type { ClaimTiming } from './options.js';

/** A service that no server has: each one refuses it at once, without making anything for it. */
export const PROBE_SERVICE = 'doorcall.probe';

/** What is known of the server behind a held lock. */
export type Verdict = 'alive' | 'unknown' | 'stale';

type Answer = 'answers' | 'silent' | 'nobody' | 'not-asked';

const PROBE = {
  service: PROBE_SERVICE,
  fingerprint: '0'.repeat(32),
  descriptor: '',
  maxMessageBytes: 4096,
  maxInFlight: 1,
  onewayWindow: 0,
  streamWindowBytes: 0,
  streamWindowItems: 0,
  maxBlobBytes: 0,
  maxFds: 0,
  ringBytes: 4096,
} as const;

/** Errors of connect() that prove that no socket listens, not even one that nobody serves. */
const NOBODY = new Set(['ECONNREFUSED', 'ENOENT']);
/** Errors that are the other side's silence. All others (EMFILE, ENOMEM …) are this process's own trouble. */
const SILENT = new Set(['EAGAIN', 'ETIMEDOUT', 'ECONNRESET', 'EPIPE']);

/**
 * Asks again and again whether the owner of a name serves it: a lock alone proves nothing, since a forked child
 * keeps it. Any answer to a handshake is proof of life; silence has to last before it proves anything, because
 * an event loop may be busy.
 */
export class Liveness {
  #question: Promise<void> | undefined;
  #heardAt: number | undefined;
  /** When the first question was asked that was not answered, and the first that found nobody. */
  #silentFrom: number | undefined;
  #nobodyFrom: number | undefined;

  constructor(
    private readonly folder: ServiceFolder,
    private readonly instance: string,
    private readonly timing: ClaimTiming,
  ) {}

  /** Another owner: what was learnt of the one before does not count. */
  restart(): void {
    this.#heardAt = this.#silentFrom = this.#nobodyFrom = undefined;
  }

  /** Asks once more, unless a question is on its way. Resolves with its answer, never rejects. */
  ask(): Promise<void> {
    this.#question ??= this.#ask();
    return this.#question;
  }

  /** What the answers so far say. Death takes two of them, so that a pause of our own proves nothing. */
  get verdict(): Verdict {
    if (this.#heardAt === undefined) return 'unknown';
    if (this.#silentFrom === undefined) return 'alive';
    const { nobodyMs, silentMs } = this.timing;
    const nobody = this.#nobodyFrom !== undefined && this.#heardAt - this.#nobodyFrom >= nobodyMs;
    return nobody || this.#heardAt - this.#silentFrom >= silentMs ? 'stale' : 'unknown';
  }

  async #ask(): Promise<void> {
    const askedAt = performance.now();
    const answer = await probe(this.folder, this.instance, this.timing.probeMs);
    this.#question = undefined;
    if (answer === 'not-asked') return;
    this.#heardAt = performance.now();
    if (answer === 'answers') this.#silentFrom = undefined;
    else this.#silentFrom ??= askedAt;
    if (answer !== 'nobody') this.#nobodyFrom = undefined;
    else this.#nobodyFrom ??= askedAt;
  }
}

function probe(folder: ServiceFolder, instance: string, timeoutMs: number): Promise<Answer> {
  return new Promise((resolve) => {
    native().addon.dial(folder.fd, socketFile(instance), -1, PROBE, timeoutMs, (failure, connection) => {
      connection?.close('only a probe');
      resolve(failure === null ? 'answers' : answerOf(failure));
    });
  });
}

function answerOf(failure: NativeFailure): Answer {
  const { answered, retryable, errno } = failure;
  if (answered === true || !retryable) return 'answers';
  if (errno === undefined || SILENT.has(errno)) return 'silent';
  return NOBODY.has(errno) ? 'nobody' : 'not-asked';
}
