import { monotonicMs } from '../context/clock.js';
import { RpcError } from '../errors/rpc-error.js';
import { isStatusCode } from '../errors/status.js';
import { debug } from '../observe/debug.js';
import type { Dialer, Endpoint, Refusal } from '../transport/transport.js';
import { Backoff } from './backoff.js';

/** How one attempt to open a connection ended. */
export type Opened =
  | { readonly ok: true }
  | { readonly ok: false; readonly refusal: Refusal; readonly retryable: boolean };

/** What the connector needs from its client. */
export interface ConnectorHost {
  /** Opens a connection and begins to use it. */
  open(endpoint: Endpoint): Promise<Opened>;
  /** Ends attempts to open one that take long, now or soon. */
  giveUpSlow(): void;
  /** Keys of the endpoints that are in use. */
  isConnected(key: string): boolean;
  readonly connections: number;
  /** Calls wait for a connection. */
  readonly inDemand: boolean;
  /** No server can be had, and waiting does not help. */
  gaveUp(error: RpcError): void;
}

/**
 * Refusals that another attempt may not meet: a server that is going away says UNAVAILABLE, and another one may come
 * to the same place; one whose memory for rings is used up says RESOURCE_EXHAUSTED, until a connection ends.
 */
const PASSING: ReadonlySet<string> = new Set(['UNAVAILABLE', 'RESOURCE_EXHAUSTED']);

/** A connection that ends sooner than this does not count as a success. */
const STEADY_MS = 1_000;

/**
 * Finds servers and keeps connected with them: looks at once when asked, again after a pause as long as
 * somebody waits or has waited recently, and whenever the set of instances changes.
 */
export class Connector {
  readonly #backoff = new Backoff();
  #tried: readonly string[] = [];
  #watching: { close(): void } | undefined;
  #looking = false;
  /** The last attempt failed, or what it made did not last: a pause comes before the next. */
  #unsteady = false;
  #lookAgain = false;
  /** Retries go on until then even when nobody waits. */
  #patientUntilMs = 0;
  #pause: { readonly timer: NodeJS.Timeout; readonly end: () => void } | undefined;
  #closed = false;

  constructor(
    private readonly dialer: Dialer,
    private readonly service: string,
    private readonly host: ConnectorHost,
    private readonly limits: { readonly connectTimeoutMs: number; readonly maxConnections: number },
  ) {}

  /** The places of the last attempt, each with what was found there. */
  get tried(): readonly string[] {
    return this.#tried;
  }

  /** There is a reason to look for servers: a call waits, or something has changed. */
  look(): void {
    if (this.#closed) return;
    this.#patientUntilMs = monotonicMs() + this.limits.connectTimeoutMs;
    this.#lookAgain = true;
    this.#watching ??= this.dialer.watch(this.service, () => this.#changed());
    if (!this.#looking) void this.#lookUntilFound();
  }

  /** A connection has ended, or takes no more calls. */
  lost(livedMs: number): void {
    if (livedMs >= STEADY_MS) this.#backoff.reset();
    else this.#unsteady = true;
    this.look();
  }

  close(): void {
    this.#closed = true;
    this.#watching?.close();
    this.#pause?.end();
  }

  #changed(): void {
    this.look();
    // Who does not finish its handshake must not keep us from who has just come.
    this.host.giveUpSlow();
    this.#pause?.end();
  }

  async #lookUntilFound(): Promise<void> {
    this.#looking = true;
    while (this.#lookAgain && !this.#closed) {
      this.#lookAgain = false;
      if (this.#unsteady) await this.#wait(this.#backoff.next());
      if (this.#closed) break;
      this.#unsteady = await this.#attempt();
      if (this.#unsteady && (this.host.inDemand || monotonicMs() < this.#patientUntilMs))
        this.#lookAgain = true;
    }
    this.#looking = false;
  }

  /** @returns whether another attempt, after a pause, may find more */
  async #attempt(): Promise<boolean> {
    let found: Awaited<ReturnType<Dialer['discover']>>;
    try {
      found = await this.dialer.discover(this.service);
    } catch (thrown) {
      this.#tried = [String(thrown)];
      // No descriptors or no memory left: that may pass before the calls that wait have to give up.
      if (isSystemError(thrown)) return true;
      this.host.gaveUp(RpcError.from(thrown, { origin: 'transport' }));
      return false;
    }
    const tried = [...found.tried];
    let missing = false;
    let final: Refusal | undefined;
    for (const [target, result] of await this.#openSome(found.endpoints)) {
      if (result.ok) continue;
      const { refusal } = result;
      tried.push(`${target.key}: ${refusal.message}`);
      if (result.retryable || PASSING.has(refusal.code)) missing = true;
      else final ??= refusal;
    }
    this.#tried = tried;
    debug('%s: looked for servers: %o', this.service, tried);
    if (missing) return true;
    if (this.host.connections > 0) return false;
    if (final !== undefined) this.host.gaveUp(refused(final));
    return final === undefined;
  }

  /** As many as there is room for; in the place of those that cannot be opened, the next ones: a dead server leaves its socket behind. */
  async #openSome(endpoints: readonly Endpoint[]): Promise<(readonly [Endpoint, Opened])[]> {
    const left = endpoints.filter(({ key }) => !this.host.isConnected(key));
    const opened: (readonly [Endpoint, Opened])[] = [];
    while (left.length > 0 && !this.#closed) {
      const room = this.limits.maxConnections - this.host.connections;
      if (room <= 0) break;
      const open = async (target: Endpoint) => [target, await this.host.open(target)] as const;
      opened.push(...(await Promise.all(left.splice(0, room).map(open))));
    }
    return opened;
  }

  #wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#pause = undefined;
        resolve();
      };
      const timer = setTimeout(end, delayMs);
      // Calls that wait keep the process alive themselves.
      timer.unref();
      this.#pause = { timer, end };
    });
  }
}

/** Whether Node says so of a system call. */
function isSystemError(thrown: unknown): boolean {
  return thrown instanceof Error && 'syscall' in thrown;
}

function refused({ code, message }: Refusal): RpcError {
  return new RpcError(isStatusCode(code) ? code : 'UNAVAILABLE', message, { origin: 'transport' });
}
