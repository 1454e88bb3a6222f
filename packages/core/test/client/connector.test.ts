import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { Connector, type ConnectorHost, type Opened } from '../../src/client/connector.js';
import type { RpcError } from '../../src/errors/rpc-error.js';
import type { Dialer, Endpoint } from '../../src/transport/transport.js';
import { turn, until } from '../behaviour/waiting.js';

/** Endpoints that a test puts there, and how dialling them ends. */
class Places {
  endpoints: string[] = [];
  discoveries = 0;
  onChange = () => {};
  watchers = 0;

  readonly dialer: Dialer = {
    discover: async () => {
      this.discoveries += 1;
      return { endpoints: this.endpoints.map((key) => ({ key })), tried: ['everywhere'] };
    },
    dial: () => Promise.reject(new Error('the host opens')),
    watch: (_, onChange) => {
      this.watchers += 1;
      this.onChange = onChange;
      return {
        close: () => {
          this.watchers -= 1;
        },
      };
    },
    duplicate: () => undefined,
  };
}

class Host implements ConnectorHost {
  readonly open_ = new Set<string>();
  readonly dialled: string[] = [];
  readonly failures: RpcError[] = [];
  inDemand = false;
  gaveUpSlow = 0;
  answer: (endpoint: Endpoint) => Opened = () => ({ ok: true });

  get connections(): number {
    return this.open_.size;
  }
  isConnected(key: string): boolean {
    return this.open_.has(key);
  }
  async open(endpoint: Endpoint): Promise<Opened> {
    this.dialled.push(endpoint.key);
    const result = this.answer(endpoint);
    if (result.ok) this.open_.add(endpoint.key);
    return result;
  }
  giveUpSlow(): void {
    this.gaveUpSlow += 1;
  }
  gaveUp(error: RpcError): void {
    this.failures.push(error);
  }
}

const refused = (code: string, retryable: boolean): Opened => ({
  ok: false,
  refusal: { code, message: `no: ${code}` },
  retryable,
});

function setUp(limits = { connectTimeoutMs: 5_000, maxConnections: 3 }) {
  const places = new Places();
  const host = new Host();
  const connector = new Connector(places.dialer, 'orders', host, limits);
  return { places, host, connector };
}

describe('the connector', () => {
  test('gives up what takes long when something has changed', async () => {
    const { places, host, connector } = setUp();
    connector.look();
    await until(() => places.discoveries === 1);
    expect(host.gaveUpSlow).toBe(0);
    places.onChange();
    expect(host.gaveUpSlow).toBe(1);
    connector.close();
  });

  test('connects with every endpoint up to the limit, and does nothing more', async () => {
    const { places, host, connector } = setUp();
    places.endpoints = ['a', 'b', 'c', 'd'];
    connector.look();
    await until(() => host.connections === 3);
    for (let i = 0; i < 20; i += 1) await turn();
    expect(host.dialled).toEqual(['a', 'b', 'c']);
    expect(places.discoveries).toBe(1);
    connector.close();
    expect(places.watchers).toBe(0);
  });

  test('takes the next endpoints where the first cannot be opened, within the limit', async () => {
    const { places, host, connector } = setUp({ connectTimeoutMs: 5_000, maxConnections: 2 });
    const dead = new Map([
      ['a', refused('UNAVAILABLE', true)],
      ['b', refused('PERMISSION_DENIED', false)],
      ['d', refused('UNAVAILABLE', true)],
    ]);
    host.answer = ({ key }) => dead.get(key) ?? { ok: true };
    places.endpoints = ['a', 'b', 'c', 'd', 'e', 'f'];
    connector.look();
    await until(() => host.connections === 2);
    expect(host.dialled).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(host.failures).toEqual([]);
    connector.close();
  });

  test('tries again while calls wait, also where a server is there but not ready', async () => {
    const { places, host, connector } = setUp();
    host.inDemand = true;
    host.answer = () => (host.dialled.length < 4 ? refused('UNAVAILABLE', true) : { ok: true });
    places.endpoints = ['a'];
    connector.look();
    await until(() => host.connections === 1);
    expect(host.dialled).toEqual(['a', 'a', 'a', 'a']);
    expect(host.failures).toEqual([]);
    connector.close();
  });

  test('a server that has no memory left is asked again: connections end', async () => {
    const { places, host, connector } = setUp();
    host.inDemand = true;
    host.answer = () => (host.dialled.length < 3 ? refused('RESOURCE_EXHAUSTED', false) : { ok: true });
    places.endpoints = ['a'];
    connector.look();
    await until(() => host.connections === 1);
    expect(host.failures).toEqual([]);
    connector.close();
  });

  test('a final refusal ends the search when it is all there is', async () => {
    const { places, host, connector } = setUp();
    host.inDemand = true;
    host.answer = () => refused('PERMISSION_DENIED', false);
    places.endpoints = ['a', 'b'];
    connector.look();
    await until(() => host.failures.length === 1);
    expect(host.failures[0]).toMatchObject({ code: 'PERMISSION_DENIED', origin: 'transport' });
    expect(connector.tried).toEqual(['everywhere', 'a: no: PERMISSION_DENIED', 'b: no: PERMISSION_DENIED']);
    for (let i = 0; i < 20; i += 1) await turn();
    expect(places.discoveries).toBe(1);
    connector.close();
  });

  test('but not while another endpoint may still come round', async () => {
    const { places, host, connector } = setUp();
    host.inDemand = true;
    host.answer = ({ key }) => {
      if (key === 'a') return refused('PERMISSION_DENIED', false);
      return host.dialled.length < 5 ? refused('UNAVAILABLE', false) : { ok: true };
    };
    places.endpoints = ['a', 'b'];
    connector.look();
    await until(() => host.connections === 1);
    expect(host.failures).toEqual([]);
    connector.close();
  });

  test('what cannot be discovered at all is final', async () => {
    const { places, host, connector } = setUp();
    const broken: Dialer = { ...places.dialer, discover: () => Promise.reject(new Error('no addon')) };
    const failing = new Connector(broken, 'orders', host, { connectTimeoutMs: 5_000, maxConnections: 3 });
    host.inDemand = true;
    failing.look();
    await until(() => host.failures.length === 1);
    expect(host.failures[0]?.message).toContain('no addon');
    failing.close();
    connector.close();
  });

  test('an endpoint that appears is connected with, without a call', async () => {
    const { places, host, connector } = setUp();
    places.endpoints = ['a'];
    connector.look();
    await until(() => host.connections === 1);
    places.endpoints = ['a', 'b'];
    places.onChange();
    await until(() => host.connections === 2);
    expect(host.dialled).toEqual(['a', 'b']);
    connector.close();
  });

  test('a connection that never lasts is not opened again without a pause', async () => {
    // Pauses begin with a few milliseconds, which a turn of the loop may take on a busy machine.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const { places, host, connector } = setUp();
    places.endpoints = ['a'];
    connector.look();
    for (let round = 0; round < 5; round += 1) {
      await until(() => host.connections === 1);
      host.open_.clear();
      connector.lost(1);
      const before = host.dialled.length;
      for (let i = 0; i < 20; i += 1) await turn();
      expect(host.dialled.length).toBe(before);
      vi.advanceTimersByTime(2_000);
    }
    connector.close();
  });

  test('closing ends a pause', async () => {
    const { places, host, connector } = setUp();
    host.inDemand = true;
    connector.look();
    await until(() => places.discoveries >= 2);
    connector.close();
    const before = places.discoveries;
    for (let i = 0; i < 20; i += 1) await turn();
    expect(places.discoveries).toBe(before);
  });
});
