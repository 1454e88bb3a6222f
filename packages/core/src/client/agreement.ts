import type { ServiceCodec } from '../codec/codec.js';
import { codecHashOf, generatedCodecOf } from '../codec/generated/generated-service.js';
import { createMsgpackCodec } from '../codec/msgpack.js';
import { describe } from '../contract/descriptor.js';
import { parseDescriptor, type ReceivedDescriptor } from '../contract/exchange.js';
import { judge } from '../contract/judge.js';
import { serviceOf } from '../contract/service-of.js';
import type { AnyService } from '../contract/types.js';
import { RpcError } from '../errors/rpc-error.js';
import type { RemoteHello } from '../transport/transport.js';
import { builtinNumber, isBuiltin, type MethodPlan } from './method-plan.js';

/** How the methods of a client's contract are called at one server. */
export interface Agreement {
  /** Equal ones mean the same by the same bytes. */
  readonly encoding: string;
  readonly codec: ServiceCodec;
  /** By method id: the method's number at the server, or -1. */
  readonly numbers: readonly number[];
  /** Why a method that has no number cannot be called. */
  refusalOf(plan: MethodPlan): RpcError;
}

/** The number of a method on the wire. */
export function wireNumber({ numbers }: Agreement, plan: MethodPlan): number {
  if (plan.door !== undefined) return plan.id;
  return plan.builtin ? builtinNumber(plan) : (numbers[plan.id] as number);
}

/** Makes agreements with servers, and keeps a client's codecs. */
export class Agreements {
  /** The codec for servers that are most like this client: equal in contract and, if it has any, generated code. */
  readonly codec: ServiceCodec;
  /** The hash of the generated code. */
  readonly codecHash: string | undefined;
  readonly #service: AnyService;

  constructor(service: AnyService) {
    this.#service = service;
    this.codec = generatedCodecOf(service) ?? createMsgpackCodec(service, { named: false });
    this.codecHash = codecHashOf(service);
  }

  /** @throws RpcError when the server's contract cannot be read. */
  with(remote: RemoteHello): Agreement {
    if (remote.fingerprint === describe(this.#service).fingerprint || isBuiltin(this.#service))
      return this.equal(remote);
    return this.different(remote.fingerprint, parseDescriptor(remote.descriptor));
  }

  /** With a side that has the same contract. */
  equal(remote: RemoteHello): Agreement {
    const generated = this.codecHash !== undefined && remote.codec === this.codecHash;
    return {
      encoding: `${remote.fingerprint} ${generated ? this.codecHash : ''}`,
      codec: generated ? this.codec : createMsgpackCodec(this.#service, { named: false }),
      numbers: describe(this.#service).methods.map((method) => method.id),
      refusalOf: neverRefused,
    };
  }

  /** With a side whose contract is another: method by method. */
  different(encoding: string, theirs: ReceivedDescriptor): Agreement {
    const judgements = judge(describe(this.#service), theirs);
    const known = new Set(theirs.methods.map(({ name }) => name));
    const numbers = serviceOf(this.#service).methods.map(({ name }) => {
      const judgement = judgements.get(name);
      return judgement?.ok === true ? judgement.remoteId : -1;
    });
    return {
      encoding,
      codec: createMsgpackCodec(this.#service, { named: true }),
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
