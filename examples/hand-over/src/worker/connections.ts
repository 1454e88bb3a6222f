import { createServer, type RequestListener } from 'node:http';
import type { Socket } from 'node:net';

/** HTTP on connections that somebody else has accepted. */
export class Connections {
  readonly #http;
  /** By connection: requests that are not answered yet. */
  readonly #open = new Map<Socket, number>();
  #draining = false;

  constructor(listener: RequestListener) {
    this.#http = createServer((request, response) => {
      const { socket } = request;
      this.#count(socket, 1);
      if (this.#draining) response.setHeader('connection', 'close');
      response.once('close', () => this.#count(socket, -1));
      listener(request, response);
    });
  }

  /** Serves a connection. Resolves when it has ended. */
  async add(socket: Socket): Promise<void> {
    this.#open.set(socket, 0);
    this.#http.emit('connection', socket);
    await new Promise((resolve) => socket.once('close', resolve));
    this.#open.delete(socket);
  }

  /** Ends connections on which nothing is asked, now or when it is answered. */
  drain(): void {
    this.#draining = true;
    for (const socket of this.#open.keys()) this.#count(socket, 0);
  }

  #count(socket: Socket, requests: number): void {
    const left = (this.#open.get(socket) ?? 0) + requests;
    if (this.#open.has(socket)) this.#open.set(socket, left);
    if (this.#draining && left === 0) socket.end();
  }
}
