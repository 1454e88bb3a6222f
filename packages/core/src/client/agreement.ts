import type { ServiceCodec } from '../codec/codec.js';
import { createMsgpackCodec } from '../codec/msgpack.js';
import { serviceOf } from '../contract/define-service.js';
import { describe } from '../contract/descriptor.js';
import { parseDescriptor } from '../contract/exchange.js';
import { judge } from '../contract/judge.js';
import type { AnyService } from '../contract/types.js';
import { RpcError } from '../errors/rpc-error.js';
import type { RemoteHello } from '../transport/transport.js';
import { isBuiltin, type MethodPlan } from './method-plan.js';

/** How the methods of a client's contract are called at one server. */
export interface Agreement {
  readonly fingerprint: string;
  /** The contracts are the same. */
  readonly equal: boolean;
  readonly codec: ServiceCodec;
  /** By method id: the method's number at the server, or -1. */
  readonly numbers: readonly number[];
  /** Why a method that has no number cannot be called. */
  refusalOf(plan: MethodPlan): RpcError;
}

/** Makes agreements with servers, and keeps a client's codecs. */
export class Agreements {
  /** The codec for servers with an equal contract. */
  readonly codec: ServiceCodec;
  readonly #service: AnyService;
  #named: ServiceCodec | undefined;

  constructor(service: AnyService) {
    this.#service = service;
    this.codec = createMsgpackCodec(service, { named: false });
  }

  /** @throws RpcError when the server's contract cannot be read. */
  with(remote: RemoteHello): Agreement {
    const mine = describe(this.#service);
    if (remote.fingerprint === mine.fingerprint || isBuiltin(this.#service)) {
      const numbers = mine.methods.map((method) => method.id);
      const { codec } = this;
      return { fingerprint: remote.fingerprint, equal: true, codec, numbers, refusalOf: neverRefused };
    }
    const theirs = parseDescriptor(remote.descriptor);
    const judgements = judge(mine, theirs);
    const known = new Set(theirs.methods.map(({ name }) => name));
    const numbers = serviceOf(this.#service).methods.map(({ name }) => {
      const judgement = judgements.get(name);
      return judgement?.ok === true ? judgement.remoteId : -1;
    });
    this.#named ??= createMsgpackCodec(this.#service, { named: true });
    return {
      fingerprint: remote.fingerprint,
      equal: false,
      codec: this.#named,
      numbers,
      refusalOf: (plan) => {
        if (!known.has(plan.definition.name)) {
          const message = `the server that was found has no method ${plan.path}`;
          return new RpcError('UNIMPLEMENTED', message, { method: plan.path });
        }
        const judgement = judgements.get(plan.definition.name);
        const differences = judgement === undefined || judgement.ok ? [] : judgement.differences;
        return new RpcError(
          'FAILED_PRECONDITION',
          `client and server mean different things by ${plan.path}: ${differences.join('; ')}`,
          { method: plan.path },
        );
      },
    };
  }
}

function neverRefused(plan: MethodPlan): RpcError {
  return new RpcError('INTERNAL', `${plan.path} was refused although the contracts are equal`);
}
