import type { NativeAddon, NativeConnection } from '@doorcall/native';
import { RpcError } from '../../errors/rpc-error.js';
import type { StatusCode } from '../../errors/status.js';
import type { Descriptors } from '../attachments.js';
import { duplicate, isDescriptor } from './duplicate.js';

/** What the addon answers in place of a ticket, or of descriptors. */
const CLOSED = -5;
const SEND = { noRoom: -1, bad: -2, unwanted: -3, tooMany: -4, later: -6 } as const;
const TAKE = { lost: -1 } as const;

/** Descriptors over the connection's socket. */
export class ShmDescriptors implements Descriptors {
  readonly maxPerMessage: number;

  constructor(
    private readonly addon: NativeAddon,
    private readonly native: NativeConnection,
  ) {
    this.maxPerMessage = native.remote.maxFds;
  }

  send(fds: readonly number[]): number {
    const result = this.native.sendFds(fds, false);
    if (result > 0) return result;
    throw this.#failure(result, fds);
  }

  sendForItem(fds: readonly number[]): number | undefined {
    const result = this.native.sendFds(fds, true);
    if (result > 0) return result;
    if (result === SEND.later) return undefined;
    throw this.#failure(result, fds);
  }

  take(ticket: number): number[] {
    const result = this.native.takeFds(ticket);
    if (typeof result !== 'number') return result;
    if (result === CLOSED) throw closed();
    throw result === TAKE.lost
      ? failure('RESOURCE_EXHAUSTED', 'there was no room for the descriptors of this message')
      : failure('INTERNAL', 'the other side named descriptors that it never sent');
  }

  drop(ticket: number): void {
    this.native.dropFds(ticket);
  }

  duplicate(fd: number): number {
    return duplicate(fd);
  }

  close(fd: number): void {
    if (isDescriptor(fd)) this.addon.closeDescriptor(fd);
  }

  #failure(result: number, fds: readonly number[]): RpcError {
    switch (result) {
      case SEND.later:
      case SEND.noRoom:
        return failure('RESOURCE_EXHAUSTED', 'too many descriptors are on their way to the other side');
      case SEND.tooMany:
        return failure(
          'RESOURCE_EXHAUSTED',
          `${fds.length} descriptors in one message; the other side takes ${this.maxPerMessage}`,
        );
      case SEND.unwanted:
        return failure(
          'FAILED_PRECONDITION',
          'the receiver takes no descriptors: its option acceptFds is not set',
        );
      case SEND.bad:
        return failure('INVALID_ARGUMENT', `not all of [${fds.join(', ')}] are descriptors that can be sent`);
      default:
        return closed();
    }
  }
}

function failure(code: StatusCode, message: string): RpcError {
  return new RpcError(code, message, { origin: 'transport' });
}

function closed(): RpcError {
  return failure('UNAVAILABLE', 'the connection is closed');
}
