import { type Attached, attachmentsOf, giveUpAll } from '../attach/attachments.js';
import { giveUpReturned } from '../attach/returned.js';
import { type Encoded, REJECTED, type ServiceCodec } from '../codec/codec.js';
import { encodeMetadata, joinMetadata } from '../codec/metadata.js';
import { runInScope } from '../context/scope.js';
import { invalidInput, invalidOutput, methodPath } from '../contract/call-errors.js';
import type { Validation } from '../contract/standard-schema.js';
import { isThenable } from '../contract/thenable.js';
import type { HandlerContext } from '../contract/types.js';
import { isRpcError, RpcError } from '../errors/rpc-error.js';
import { statusNumber } from '../errors/status.js';
import { debug } from '../observe/debug.js';
import { type CallEvent, channels } from '../observe/events.js';
import type { Window } from '../stream/incoming.js';
import { closeSource, type ItemSource, sourceOf } from '../stream/outgoing.js';
import type { Turns } from '../stream/turns.js';
import { type Connection, Flag, Kind } from '../transport/transport.js';
import type { ServerCall } from './call.js';
import { publish, whose } from './call-event.js';
import type { ExecutionParts } from './execution-parts.js';
import { type Failure, failureOf, spoken } from './failure.js';
import { failureReply, shortBody } from './failure-reply.js';
import { openOutput, type StreamHost } from './stream-call.js';

const EMPTY_BODY: Encoded = Object.freeze({ bytes: new Uint8Array(0), start: 0, end: 0 });
/**
 * Takes a call from its bytes to its answer: decode, validate, run, validate, encode. As long as nothing in it
 * is asynchronous it all happens at once, without a promise. Every call ends exactly once.
 */
export class Execution implements StreamHost {
  readonly connection: Connection;
  readonly turns: Turns;
  readonly window: Window;
  readonly maxMessageBytes: number;

  constructor(private readonly parts: ExecutionParts) {
    this.connection = parts.connection;
    this.turns = parts.turns;
    this.window = parts.window;
    this.maxMessageBytes = parts.maxMessageBytes;
  }

  start(call: ServerCall, bytes: Uint8Array, start: number, end: number): void {
    const { plan } = call;
    if (plan.input === undefined || plan.streamsInput) {
      this.#run(call, call.input?.reader);
      return;
    }
    const codec = this.codecOf(call);
    let input: unknown;
    let judged: Validation | Promise<Validation> | undefined;
    try {
      input =
        codec.parseInput === undefined
          ? REJECTED
          : codec.parseInput(plan.id, bytes, start, end, call.incoming);
      if (input === REJECTED) {
        input = codec.decodeInput(plan.id, bytes, start, end, call.incoming);
        judged = plan.input.validate(input);
      }
    } catch (thrown) {
      if (isRpcError(thrown)) this.refuse(call, thrown);
      else this.broke(call, thrown, 'an input could not be read');
      return;
    }
    if (judged === undefined) this.#run(call, input);
    else if (judged instanceof Promise) this.#guard(call, this.#runLater(call, judged));
    else this.#runIfValid(call, judged);
  }

  /** Answers a request for a method that there is not. */
  refuseUnknown(callId: number, error: RpcError): void {
    const body = shortBody(spoken(error).message, this.maxMessageBytes);
    this.parts.replies.send(Kind.error, Flag.notExecuted, callId, statusNumber(error.code), body);
  }

  /** Ends a call with an error of the framework's own. */
  refuse(call: ServerCall, error: RpcError): void {
    this.#fail(call, spoken(error), error);
  }

  async #runLater(call: ServerCall, judged: Promise<Validation>): Promise<void> {
    this.parts.running.add(call);
    const validation = await judged;
    if (!call.ended) this.#runIfValid(call, validation);
  }

  #runIfValid(call: ServerCall, judged: Validation): void {
    if (judged.issues === undefined) this.#run(call, judged.value);
    else if (judged.failure !== undefined) this.#inputSchemaThrew(call, judged.failure.thrown);
    else this.refuse(call, invalidInput(call.plan.definition, judged.issues));
  }

  #run(call: ServerCall, input: unknown): void {
    call.started = true;
    call.incoming?.handedOn();
    let result: unknown;
    let later: boolean;
    try {
      result = runInScope(call, call.plan.run, input, call as unknown as HandlerContext);
      later = isThenable(result);
    } catch (thrown) {
      this.threw(call, thrown);
      return;
    }
    if (later) this.#guard(call, this.#settle(call, result as PromiseLike<unknown>));
    else this.#returned(call, result);
  }

  async #settle(call: ServerCall, result: PromiseLike<unknown>): Promise<void> {
    this.parts.running.add(call);
    let value: unknown;
    try {
      value = await result;
    } catch (thrown) {
      this.threw(call, thrown);
      return;
    }
    this.#returned(call, value);
  }

  #returned(call: ServerCall, value: unknown): void {
    if (call.ended) {
      this.#drop(call, value);
      return;
    }
    if (call.plan.oneway) {
      this.#end(call, 'OK', undefined);
      return;
    }
    if (call.plan.streamsOutput) {
      this.#stream(call, value);
      return;
    }
    if (call.plan.output === undefined) {
      this.#reply(call, undefined);
      return;
    }
    const codec = this.codecOf(call);
    const valid = codec.encodeValidOutput?.(call.plan.id, value);
    if (valid !== undefined) {
      this.#send(call, valid);
      return;
    }
    const judged = call.plan.output.validate(value);
    if (judged instanceof Promise) this.#guard(call, this.#replyLater(call, value, judged));
    else this.#replyIfValid(call, value, judged);
  }

  /** A result that nobody receives. */
  #drop(call: ServerCall, value: unknown): void {
    if (call.plan.streamsOutput) closeSource(value);
    else if (call.plan.attachesOutput) giveUpReturned(value);
  }

  /** Sends what the handler gives, item by item. */
  #stream(call: ServerCall, iterable: unknown): void {
    this.parts.running.add(call);
    let source: ItemSource | undefined;
    try {
      source = sourceOf(iterable);
    } catch (thrown) {
      this.threw(call, thrown);
      return;
    }
    if (source !== undefined) openOutput(this, call, source);
    else this.broke(call, new TypeError('it is no iterable'), 'a handler returned no stream');
  }

  streamed(call: ServerCall): void {
    this.#send(call, EMPTY_BODY);
  }

  invalidOutput(call: ServerCall, error: RpcError): void {
    this.parts.logger.error({ ...whose(call), issues: error.issues }, 'a handler gave an invalid item');
    this.refuse(call, error);
  }

  tooLarge(call: ServerCall, bytes: number): void {
    this.#exhausted(
      call,
      `an answer of ${methodPath(call.plan.definition)} is ${bytes} bytes long, above the limit of ` +
        `${this.maxMessageBytes} (maxMessageBytes)`,
    );
  }

  async #replyLater(call: ServerCall, value: unknown, judged: Promise<Validation>): Promise<void> {
    this.parts.running.add(call);
    const validation = await judged;
    if (call.ended) this.#drop(call, value);
    else this.#replyIfValid(call, value, validation);
  }

  #replyIfValid(call: ServerCall, value: unknown, judged: Validation): void {
    if (judged.issues === undefined) {
      this.#reply(call, judged.value);
      return;
    }
    this.#drop(call, value);
    if (judged.failure !== undefined) {
      this.broke(call, judged.failure.thrown, 'the schema of an output failed');
      return;
    }
    const error = invalidOutput(call.plan.definition, judged.issues);
    this.parts.logger.error(
      { ...whose(call), issues: judged.issues },
      'a handler returned an invalid output',
    );
    this.#fail(call, spoken(error), error);
  }

  #reply(call: ServerCall, value: unknown): void {
    let body: Encoded;
    try {
      body = this.codecOf(call).encodeOutput(call.plan.id, value);
    } catch (thrown) {
      this.#drop(call, value);
      this.unsendable(call, thrown);
      return;
    }
    this.#send(call, body);
  }

  /** Sends an encoded result, with the trailers if there are any. */
  #send(call: ServerCall, encoded: Encoded): void {
    if (encoded.attachments === undefined) {
      this.#sendBody(call, encoded, 0);
      return;
    }
    let attached: Attached;
    try {
      attached = attachmentsOf(this.connection).attach(encoded.attachments, encoded, true);
    } catch (thrown) {
      giveUpAll(encoded.attachments);
      this.unattachable(call, thrown);
      return;
    }
    if (this.#sendBody(call, attached.body, Flag.attachments)) {
      attached.sent();
    } else {
      attached.undo();
      giveUpAll(encoded.attachments);
    }
  }

  /** Blobs, descriptors or doors of a result cannot be sent: its caller is told, and why. */
  unattachable(call: ServerCall, thrown: unknown): void {
    const error = RpcError.from(thrown);
    this.parts.logger.error({ ...whose(call), err: thrown }, 'what belongs to a result could not be sent');
    this.#fail(call, spoken(error), error);
  }

  /** @returns whether it was sent */
  #sendBody(call: ServerCall, encoded: Encoded, ownFlags: number): boolean {
    let body = encoded;
    let flags = ownFlags;
    const trailers = call.writtenTrailers;
    if (trailers !== undefined) {
      try {
        body = joinMetadata(encodeMetadata(trailers), body);
        flags |= Flag.metadata;
      } catch (thrown) {
        this.unsendable(call, thrown);
        return false;
      }
    }
    const bytes = body.end - body.start;
    if (bytes > this.maxMessageBytes) {
      this.tooLarge(call, bytes);
    } else if (!this.parts.replies.send(Kind.reply, flags, call.callId, 0, body)) {
      this.#unread(call);
    } else {
      this.#end(call, 'OK', undefined);
      return true;
    }
    return false;
  }

  unsendable(call: ServerCall, thrown: unknown): void {
    const error = RpcError.from(thrown);
    this.parts.logger.error({ ...whose(call), err: thrown }, 'a result could not be encoded');
    this.#fail(call, { ...spoken(error), code: 'INTERNAL' }, error);
  }

  #unread(call: ServerCall): void {
    const message = 'too many bytes of answers wait for this client, which does not read them';
    this.parts.problems.add(call.peer, `${methodPath(call.plan.definition)}: ${message}`);
    this.refuse(call, new RpcError('RESOURCE_EXHAUSTED', message));
  }

  #exhausted(call: ServerCall, message: string): void {
    this.parts.logger.error({ ...whose(call) }, message);
    this.refuse(call, new RpcError('RESOURCE_EXHAUSTED', message));
  }

  threw(call: ServerCall, thrown: unknown): void {
    if (call.ended) {
      debug('%s threw after its call had ended: %o', methodPath(call.plan.definition), thrown);
      return;
    }
    const failure = failureOf(call.plan, thrown);
    if (failure.redacted) this.parts.logger.error({ ...whose(call), err: thrown }, 'a handler failed');
    if (failure.declared === undefined) {
      this.#fail(call, failure, thrown);
      return;
    }
    const { reason, data } = failure.declared;
    const judged = call.plan.errorData.get(reason)?.validate(data);
    if (judged === undefined) this.#declare(call, failure, { value: data }, thrown);
    else if (judged instanceof Promise) this.#guard(call, this.#declareLater(call, failure, judged, thrown));
    else this.#declare(call, failure, judged, thrown);
  }

  async #declareLater(
    call: ServerCall,
    failure: Failure,
    judged: Promise<Validation>,
    thrown: unknown,
  ): Promise<void> {
    this.parts.running.add(call);
    const validation = await judged;
    if (!call.ended) this.#declare(call, failure, validation, thrown);
  }

  #declare(call: ServerCall, failure: Failure, judged: Validation, thrown: unknown): void {
    const reason = failure.declared?.reason ?? '';
    try {
      if (judged.issues !== undefined) throw invalidOutput(call.plan.definition, judged.issues);
      const data = this.codecOf(call).encodeErrorData(call.plan.id, reason, judged.value);
      this.#fail(call, failure, thrown, data);
    } catch (problem) {
      const error = RpcError.from(problem);
      this.parts.logger.error(
        { ...whose(call), reason, err: judged.failure?.thrown ?? error },
        'the data of a declared error is invalid',
      );
      const message = `the data of the declared error ${reason} is invalid`;
      this.#fail(call, { code: 'INTERNAL', message, issues: error.issues, redacted: false }, thrown);
    }
  }

  /** Its caller has left, and is told nothing. */
  closeFailed(call: ServerCall, thrown: unknown): void {
    if (!failureOf(call.plan, thrown).redacted) return;
    this.parts.logger.error({ ...whose(call), err: thrown }, 'a handler failed');
  }

  #inputSchemaThrew(call: ServerCall, thrown: unknown): void {
    const failure: Failure = {
      code: 'UNKNOWN',
      message: `the schema of the input of ${methodPath(call.plan.definition)} failed`,
      redacted: true,
    };
    this.parts.logger.error({ ...whose(call), err: thrown }, 'the schema of an input failed');
    this.#fail(call, failure, thrown);
  }

  /** Something of ours or of the contract's failed: that is for the log, not for the caller. */
  broke(call: ServerCall, thrown: unknown, what: string): void {
    this.parts.logger.error({ ...whose(call), err: thrown }, what);
    const message = `${methodPath(call.plan.definition)}: ${what}`;
    this.#fail(call, { code: 'INTERNAL', message, redacted: true }, thrown);
  }

  /** A rejection that nobody looks at would end the process. */
  #guard(call: ServerCall, work: Promise<void>): void {
    work.catch((thrown: unknown) => this.broke(call, thrown, 'the call could not be completed'));
  }

  #fail(call: ServerCall, failure: Failure, thrown: unknown, data?: Encoded): void {
    if (call.ended) return;
    if (call.plan.oneway) {
      if (!failure.redacted) this.parts.logger.warn({ ...whose(call), err: thrown }, 'a one-way call failed');
      this.#end(call, failure.code, thrown);
      return;
    }
    try {
      const noTrailers = (err: unknown) =>
        this.parts.logger.error({ ...whose(call), err }, 'trailers could not be sent');
      const { flags, code, body } = failureReply(call, failure, data, this.maxMessageBytes, noTrailers);
      this.parts.replies.send(Kind.error, flags, call.callId, code, body);
    } catch (err) {
      // A client that waits for an answer that never comes is worse off than one that is cut off.
      this.parts.logger.error({ ...whose(call), err }, 'an error could not be sent');
      this.parts.unusable('the server could not answer a call');
    } finally {
      this.#end(call, failure.code, thrown);
    }
  }

  #end(call: ServerCall, code: CallEvent['code'], error: unknown): void {
    call.ended = true;
    call.incoming?.discard();
    if (call.plan.streamsInput || call.plan.streamsOutput) call.endStreams(error);
    this.parts.running.remove(call);
    if (channels.serverCall.hasSubscribers) publish(call, code, error);
    this.parts.ended(call);
  }

  codecOf(call: ServerCall): ServiceCodec {
    return call.plan.builtin ? this.parts.builtinCodec : (call.plan.codec ?? this.parts.codec);
  }
}
