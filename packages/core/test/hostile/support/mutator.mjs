// Drives peer/mutate.py against a live server, or a live client, for so many rounds or seconds.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Program } from './program.mjs';

const ROUNDS_AT_ONCE = 50;
/** Who does not answer for so long hangs. */
const PATIENCE_MS = 60_000;

export async function runMutator({ role, seed, rounds = Number.POSITIVE_INFINITY, seconds, onProgress }) {
  const bed = role === 'client' ? new ServerBed() : new ClientBed();
  const total = { rounds: 0, violations: 0, politeCalls: 0 };
  let next = seed;
  try {
    const socket = await patiently(bed.start(), 'the programs do not start');
    const before = held(bed.victim.pid);
    // From here on: on a busy machine the start alone may take as long.
    const until = seconds === undefined ? Number.POSITIVE_INFINITY : performance.now() + seconds * 1000;
    while (total.rounds < rounds && performance.now() < until) {
      const count = Math.min(ROUNDS_AT_ONCE, rounds - total.rounds);
      const fields = { role, seed: next, rounds: count, path: socket };
      const result = await patiently(bed.attack(fields), 'the peer does not come to an end');
      total.rounds += result.rounds;
      const problem = result.problem ?? (await bed.problem(total));
      if (problem !== undefined) return { ...total, finding: { role, seed: result.seed ?? next, problem } };
      next += count;
      onProgress?.(total);
    }
    await patiently(sameAgain(bed.victim.pid, before), `the victim keeps more than ${before}`);
    return total;
  } catch (error) {
    return { ...total, finding: { role, seed: next, problem: `${error.message}\n${bed.output()}` } };
  } finally {
    await bed.stop();
  }
}

class Bed {
  peer = Program.hostilePeer();
  root = mkdtempSync(path.join(tmpdir(), 'doorcall-mutator-'));

  constructor() {
    process.once('exit', this.#abandon);
  }

  folder(name) {
    const folder = path.join(this.root, name);
    mkdirSync(path.join(folder, 'target'), { recursive: true, mode: 0o700 });
    return folder;
  }

  /** What is wrong with those who are polite, or with the victim. */
  async problem(total) {
    if (this.victim.ended) return `the victim has ended: ${this.victim.output}`;
    const seen = await patiently(this.polite.ask('after', { calls: 1 }), 'the polite client gets no answers');
    total.violations = await this.victim.ask('violations');
    total.politeCalls += seen.times.length;
    return seen.failures.length > 0 ? `calls of the polite client failed: ${seen.failures[0]}` : undefined;
  }

  output() {
    return this.programs.map((program) => program.output).join('\n');
  }

  async stop() {
    await Promise.all(this.programs.map((program) => program.stop()));
    rmSync(this.root, { recursive: true, force: true });
    process.off('exit', this.#abandon);
  }

  /** Whoever runs this is interrupted. */
  #abandon = () => {
    for (const { child } of this.programs) child.kill('SIGKILL');
    rmSync(this.root, { recursive: true, force: true, maxRetries: 3 });
  };
}

/** A server that is attacked by clients, and has a polite one beside them. */
class ServerBed extends Bed {
  victim = Program.node('victim-server.mjs');
  polite = Program.node('bystander.mjs');
  programs = [this.victim, this.polite, this.peer];

  async start() {
    const directory = this.folder('attacked');
    await this.victim.ask('serve', { directory });
    await this.polite.ask('attach', { directory });
    return path.join(directory, 'target', 'main.sock');
  }

  attack(fields) {
    return this.peer.ask('mutate', fields);
  }
}

/** A client that is attacked by a server, and is a polite one of another. */
class ClientBed extends Bed {
  victim = Program.node('victim-client.mjs');
  honest = Program.node('victim-server.mjs');
  polite = this.victim;
  programs = [this.victim, this.honest, this.peer];
  #times = 0;

  async start() {
    const directory = this.folder('honest');
    await this.honest.ask('serve', { directory });
    await this.victim.ask('attach', { directory });
    return '';
  }

  async attack(fields) {
    const directory = this.folder(String(this.#times++));
    const listening = this.peer.next('listening');
    const mutated = this.peer.ask('mutate', { ...fields, path: path.join(directory, 'target', 'main.sock') });
    await listening;
    const called = this.victim.ask('keepCalling', { directory });
    const result = await mutated;
    await this.victim.ask('stopCalling');
    await called;
    return result;
  }
}

/** Descriptors and mappings of shared memory that a process has, as text. */
function held(pid) {
  const maps = readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n');
  const shared = maps.filter((line) => line.includes('memfd:')).length;
  return `${readdirSync(`/proc/${pid}/fd`).length} descriptors and ${shared} mappings`;
}

async function sameAgain(pid, before) {
  while (held(pid) !== before) await new Promise((resolve) => setTimeout(resolve, 10));
}

function patiently(work, problem) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${problem} (${PATIENCE_MS / 1000} s)`)), PATIENCE_MS);
  });
  work.catch(() => {});
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
