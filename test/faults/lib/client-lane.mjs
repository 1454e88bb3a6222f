// Clients die; one server and one other client live through all of it.
import { Lane, ofRound } from './lane.mjs';

export class ClientLane extends Lane {
  side = 'client';
  #server;
  #bystander;
  #bystanderCalls = 0;

  async open() {
    this.#server = await this.resident('server');
    await this.#server.tell('serve', { ...this.planFor(this.#server), second: true });
    this.#bystander = await this.resident('bystander');
    await this.#bystander.tell('standBy', { ...this.planFor(this.#bystander), tag: 'bystander' });
    return this;
  }

  async play(victim, plan) {
    // It may die before it answers.
    await victim.tell('live', plan).catch(() => {});
  }

  /** The server knows that this client is gone, and each of its calls was told. One-way ones are told to nobody: they ran. */
  async aftermath(victim, tag, exitNs, killed) {
    await this.until(() => this.#unaware(victim, tag), 'the server did not notice the death', exitNs);
    if (!killed) await this.until(() => this.#lost(tag), 'a one-way call got lost', exitNs);
    await this.#lookAtBystander(exitNs);
  }

  /** It goes on calling, and nothing but answers comes. */
  async #lookAtBystander(sinceNs) {
    let report;
    const look = async () => {
      report = await this.#bystander.tell('report');
      return report.calls > this.#bystanderCalls ? undefined : 'no call of it was answered';
    };
    await this.until(look, 'another client noticed', sinceNs);
    for (const error of report.errors) this.violated(`another client noticed: ${error}`);
    this.#bystanderCalls = report.calls;
    this.bystander = report;
  }

  #unaware(victim, tag) {
    for (const { service, closedNs } of this.ledger.connections.get(victim.pid) ?? []) {
      if (closedNs === undefined) return `a connection with ${service} is still open`;
    }
    for (const call of this.ledger.calls.values()) {
      if (!ofRound(call.id, tag)) continue;
      const ran = call.executions.includes(this.#server.pid);
      if (call.kind === 'hold' && ran && call.abortedNs === undefined) return `${call.id} was not aborted`;
      if (call.kind === 'ask' && call.outcomes.length === 0) return `${call.id} still waits for an answer`;
    }
    return undefined;
  }

  #lost(tag) {
    for (const { id, kind, outcomes, executions } of this.ledger.calls.values()) {
      if (ofRound(id, tag) && kind === 'note' && outcomes[0]?.code === 'OK' && executions.length === 0)
        return id;
    }
    return undefined;
  }

  allowed({ kind }, { action }) {
    // Its own close() ends them.
    if (kind === 'hold') return ['CANCELLED'];
    if (kind === 'ask') return ['UNAVAILABLE', 'CANCELLED'];
    return kind === 'short' && action === 'stop' ? ['DEADLINE_EXCEEDED'] : [];
  }

  delays(_victim, tag, killedNs) {
    const delays = [];
    for (const call of this.ledger.calls.values()) {
      if (!ofRound(call.id, tag)) continue;
      const toldNs =
        call.kind === 'hold' ? call.abortedNs : call.kind === 'ask' ? call.outcomes[0]?.ns : undefined;
      if (toldNs !== undefined && toldNs > killedNs) delays.push(Number(toldNs - killedNs) / 1e6);
    }
    return delays;
  }
}
