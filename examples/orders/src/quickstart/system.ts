import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Transport } from '../transport.js';
import { type ServiceName, ServiceProcess } from './service-process.js';

export interface SystemOptions {
  readonly transport?: Transport;
  /** Initial stock by sku. */
  readonly stock: Readonly<Record<string, number>>;
}

/** The three services, with a folder of their own for sockets and databases, on whatever ports are free. */
export class OrderSystem {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'doorcall-orders-'));
  readonly databases = {
    inventory: path.join(this.folder, 'inventory.db'),
    orders: path.join(this.folder, 'orders.db'),
  };
  readonly environment = { DOORCALL_DIR: path.join(this.folder, 'run') };
  private readonly running = new Map<ServiceName, ServiceProcess>();
  /** Over HTTP a service that is started again must have its old address. */
  private readonly ports = new Map<ServiceName, string>();
  private readonly transport: Transport;

  private constructor(private readonly options: SystemOptions) {
    this.transport = options.transport ?? 'doorcall';
  }

  static async start(options: SystemOptions): Promise<OrderSystem> {
    const system = new OrderSystem(options);
    try {
      for (const name of ['inventory', 'orders', 'gateway'] as const) await system.start(name);
    } catch (error) {
      await system.end();
      throw error;
    }
    return system;
  }

  get gateway(): ServiceProcess {
    return this.running.get('gateway')!;
  }

  get orders(): ServiceProcess {
    return this.running.get('orders')!;
  }

  get inventory(): ServiceProcess {
    return this.running.get('inventory')!;
  }

  /** Starts one of the services, also one that was there before. */
  async start(name: ServiceName): Promise<ServiceProcess> {
    const service = await ServiceProcess.start(name, this.flags(name), this.environment);
    this.running.set(name, service);
    if (service.address.startsWith('http:')) this.ports.set(name, new URL(service.address).port);
    return service;
  }

  /** Ends all services in an orderly way. @returns their exit codes, from the front to the back. */
  async stop(): Promise<(number | NodeJS.Signals)[]> {
    const codes: (number | NodeJS.Signals)[] = [];
    for (const service of [this.gateway, this.orders, this.inventory]) codes.push(await service.end());
    return codes;
  }

  /** Ends whatever still runs and removes the folder. */
  async end(): Promise<void> {
    await Promise.all([...this.running.values()].map((service) => service.end('SIGKILL')));
    rmSync(this.folder, { recursive: true, force: true });
  }

  private flags(name: ServiceName): string[] {
    const port = this.ports.get(name) ?? '0';
    const common = [`--transport=${this.transport}`, '--log-calls', `--port=${port}`];
    if (name === 'gateway') return [...common, ...this.peer('orders')];
    if (name === 'orders')
      return [...common, `--database=${this.databases.orders}`, ...this.peer('inventory')];
    const stock = Object.entries(this.options.stock).map(([sku, quantity]) => `--stock=${sku}=${quantity}`);
    return [...common, `--database=${this.databases.inventory}`, ...stock];
  }

  private peer(name: ServiceName): string[] {
    return this.transport === 'http' ? [`--${name}=${this.running.get(name)!.address}`] : [];
  }
}
