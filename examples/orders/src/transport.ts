import {
  type AnyService,
  type Client,
  connect,
  type Handlers,
  type ServerInterceptor,
  serve,
} from '@doorcall/core';
import { connectHttp } from './http/client.js';
import { serveHttp } from './http/server.js';

/** The methods of a service, whatever carries the calls. A doorcall client has them, an HTTP client too. */
export type Calls<Service extends AnyService> = {
  readonly [Name in keyof Client<Service>]: Client<Service>[Name] extends (
    ...args: infer Arguments
  ) => infer Answer
    ? (...args: Arguments) => Answer
    : never;
};

export type Connected<Service extends AnyService> = Calls<Service> & { close(): Promise<void> };

export interface Served {
  readonly address: string;
  /** Takes no new calls; resolves when those in flight are answered, at the latest after `timeoutMs`. */
  drain(options?: { readonly timeoutMs?: number }): Promise<void>;
}

export type Transport = 'doorcall' | 'http';

/** The one place of the example where the two differ. */
export function serveBy<Service extends AnyService>(
  transport: Transport,
  service: Service,
  handlers: Handlers<Service>,
  options: { readonly port: number; readonly interceptors: readonly ServerInterceptor[] },
): Promise<Served> {
  if (transport === 'http') return serveHttp(service, handlers, options);
  return serve(service, handlers, { interceptors: options.interceptors });
}

/** @param url where the service is when the calls go over HTTP; doorcall finds it by its name. */
export function connectBy<Service extends AnyService>(
  transport: Transport,
  service: Service,
  url: string,
): Connected<Service> {
  // A doorcall client has all that `Connected` asks for; in a generic function the compiler cannot see it.
  return transport === 'http' ? connectHttp(service, url) : (connect(service) as Connected<Service>);
}
