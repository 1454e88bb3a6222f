import { spawn } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import {
  loadNative,
  type NativeConnection,
  type NativeConnectionOptions,
  type NativeFailure,
  type NativeListener,
  type NativeListenerOptions,
  type NativePeer,
} from '@doorcall/native';
import { onTestFinished } from 'vitest';
import { HELLO } from './client.js';
import { temporaryFolder } from './places.js';

export const NATIVE_OPTIONS: NativeConnectionOptions = { ...HELLO, ringBytes: 4096 };

/** What a listener has told, one line an event: `hello 1`, `problem …`. */
export class NativeListening {
  readonly folder = temporaryFolder();
  readonly events: string[] = [];
  readonly connections: NativeConnection[] = [];
  readonly listener: NativeListener;
  /** What to do with a handshake when it is announced. */
  onHello: (handshake: number) => void = () => {};
  readonly #directory: number;
  readonly #waiting = new Set<() => void>();

  constructor(options: NativeListenerOptions = {}) {
    this.#directory = openSync(this.folder, constants.O_DIRECTORY);
    this.listener = loadNative().listen(this.#directory, 'main.sock', options, {
      onHello: (handshake) => {
        this.#add(`hello ${handshake}`);
        this.onHello(handshake);
      },
      onConnection: (handshake, connection) => {
        this.connections.push(connection);
        this.#add(`connection ${handshake}`);
      },
      onDropped: (handshake) => this.#add(`dropped ${handshake}`),
      onTakeover: (handshake) => {
        this.#add(`takeover ${handshake}`);
        this.listener.refuse(handshake, 10, 'not now');
      },
      onProblem: (_peer: NativePeer | null, reason) => this.#add(`problem ${reason}`),
    });
    onTestFinished(async () => {
      await this.close();
      closeSync(this.#directory);
    });
  }

  /** Resolves when the condition holds; it is looked at after each event. */
  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!condition()) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }

  /** Resolves when something with this beginning was told. */
  event(beginning: string): Promise<void> {
    return this.until(() => this.events.some((event) => event.startsWith(beginning)));
  }

  dial(
    timeoutMs = 20_000,
    options = NATIVE_OPTIONS,
  ): Promise<{ failure: NativeFailure | null; connection: NativeConnection | null }> {
    return new Promise((resolve) => {
      loadNative().dial(this.#directory, 'main.sock', -1, options, timeoutMs, (failure, connection) =>
        resolve({ failure, connection }),
      );
    });
  }

  takeOver(): Promise<NativeFailure | null> {
    return new Promise((resolve) => {
      loadNative().takeOver(this.#directory, 'main.sock', 20_000, (failure) => resolve(failure));
    });
  }

  peer(then: PeerConduct): Promise<void> {
    return handPeer(this.folder, then);
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      if (this.events.includes('closed')) return resolve();
      this.events.push('closed');
      this.listener.close(resolve);
    });
  }

  #add(event: string): void {
    this.events.push(event);
    for (const look of this.#waiting) look();
  }
}

export type PeerConduct = 'leave' | 'refuse' | 'hello-again' | 'wait';

/** A client that shakes hands by hand: sends HELLO, waits for WELCOME, then does what it is told. */
export function handPeer(folder: string, then: PeerConduct): Promise<void> {
  const child = spawn('python3', ['-c', PEER, folder, then], { stdio: 'inherit' });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return new Promise((resolve) => child.once('exit', () => resolve()));
}

/** The bytes of docs/protocol.md; python3 is needed for the build anyway. */
const PEER = `
import os, socket, struct, sys
os.chdir(sys.argv[1])
text = lambda b: struct.pack('<I', len(b)) + b
hello = b'DCH1' + struct.pack('<HHHII', 1, 1, 1, 0, 4096) + text(b'orders') + bytes(24) + text(b'') + \\
    struct.pack('<IIIIIQIQ', 4096, 1, 1, 0, 0, 0, 0, 0)
refuse = b'DCH1' + struct.pack('<HH', 5, 8) + text(b'no memory here')
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.connect('main.sock')
s.send(hello)
s.recv(65536)
if sys.argv[2] == 'refuse': s.send(refuse)
if sys.argv[2] == 'hello-again': s.send(hello)
if sys.argv[2] != 'leave': s.recv(65536)
`;
