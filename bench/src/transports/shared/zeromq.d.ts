/** What the bench uses of zeromq, written down here so that it compiles where that optional package is not installed. */
declare module 'zeromq' {
  interface SocketOptions {
    readonly sendHighWaterMark?: number;
    readonly receiveHighWaterMark?: number;
    readonly sendTimeout?: number;
    readonly linger?: number;
  }

  class Socket implements AsyncIterable<Buffer[]> {
    constructor(options?: SocketOptions);
    readonly closed: boolean;
    bind(address: string): Promise<void>;
    connect(address: string): void;
    send(parts: readonly (Uint8Array | string)[]): Promise<void>;
    close(): void;
    [Symbol.asyncIterator](): AsyncIterator<Buffer[]>;
  }

  export class Dealer extends Socket {}
  export class Router extends Socket {}
}
