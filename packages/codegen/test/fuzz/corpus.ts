import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** The messages of a contract that stay: a line of hexadecimal digits each, behind `#` what it is about. */
export class Corpus {
  readonly #file: string;
  readonly #messages = new Map<string, string>();

  /** @param folder the corpus's */
  constructor(folder: string, contract: string) {
    this.#file = path.join(folder, `${contract}.hex`);
    if (!existsSync(this.#file)) return;
    for (const line of readFileSync(this.#file, 'utf8').split('\n')) {
      const [hex = '', note = ''] = line.split('#');
      if (line.trim() !== '') this.#messages.set(hex.trim(), note.trim());
    }
  }

  get messages(): readonly Uint8Array[] {
    return [...this.#messages.keys()].map((hex) => Uint8Array.from(Buffer.from(hex, 'hex')));
  }

  add(message: Uint8Array, note = ''): void {
    this.#messages.set(Buffer.from(message).toString('hex'), note);
  }

  save(): void {
    const lines = [...this.#messages].map(([hex, note]) => (note === '' ? hex : `${hex} # ${note}`));
    writeFileSync(this.#file, `${lines.sort().join('\n')}\n`);
  }
}
