/**
 * Calls as messages of plain values, for transports that carry such (child_process IPC, a MessagePort): what one writes by
 * hand around `send` and `on('message')`.
 */
import type { AsyncConnection, CheckedAnswers, CheckedWork } from '../../transport.js';
import { PendingCalls } from './pending-calls.js';

export type Method = 'place' | 'echo' | 'bytes';

export interface CallMessage {
  id: number;
  method: Method;
  input: unknown;
}
export type AnswerMessage = { id: number; output: unknown } | { id: number; refused: string };

/** How bytes travel within a message. */
export interface BytesFormat {
  encode(bytes: Uint8Array): unknown;
  decode(encoded: unknown): unknown;
}

export const asTheyAre: BytesFormat = { encode: (bytes) => bytes, decode: (encoded) => encoded };

/** For messages that are JSON. */
export const base64: BytesFormat = {
  encode: ({ buffer, byteOffset, byteLength }) => {
    return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
  },
  decode: (encoded) => Buffer.from(encoded as string, 'base64'),
};

/** Does what a message asks for. */
export async function answerMessage(
  { id, method, input }: CallMessage,
  checked: CheckedWork,
  format: BytesFormat,
): Promise<AnswerMessage> {
  try {
    if (method === 'bytes') return { id, output: format.encode(checked.bytes(format.decode(input))) };
    const output = checked[method](input);
    return { id, output: output instanceof Promise ? await output : output };
  } catch (error) {
    return { id, refused: String(error) };
  }
}

/** The client's end: the calls of a connection but for its close. */
export class MessageCalls {
  readonly #pending = new PendingCalls<unknown>();
  readonly #send: (call: CallMessage) => void;
  readonly #checked: CheckedAnswers;
  readonly #format: BytesFormat;

  constructor(send: (call: CallMessage) => void, checked: CheckedAnswers, format: BytesFormat) {
    this.#send = send;
    this.#checked = checked;
    this.#format = format;
  }

  accept(answer: AnswerMessage): void {
    if ('refused' in answer) this.#pending.reject(answer.id, answer.refused);
    else this.#pending.resolve(answer.id, answer.output);
  }

  end(reason: Error): void {
    this.#pending.end(reason);
  }

  methods(): Pick<AsyncConnection, 'mode' | Method> {
    const checked = this.#checked;
    const { encode, decode } = this.#format;
    return {
      mode: 'async',
      place: async (order) => checked.receipt(await this.#call('place', order)),
      echo: async (document) => checked.document(await this.#call('echo', document)),
      bytes: async (bytes) => checked.bytes(decode(await this.#call('bytes', encode(bytes)))),
    };
  }

  #call(method: Method, input: unknown): Promise<unknown> {
    return this.#pending.make((id) => this.#send({ id, method, input }));
  }
}
