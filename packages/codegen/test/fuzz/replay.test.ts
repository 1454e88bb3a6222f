import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Subject } from '../parity/law/subject.js';
import { contracts } from './contracts.js';
import { Corpus } from './corpus.js';
import { prototypesNow } from './pollution.js';
import { runFuzz } from './run.js';
import { tryBytes } from './target.js';

/** `npm run test:fuzz-codec` tries more, from another seed each time. */
const MESSAGES = 20_000;
const seed = Number(process.env.FUZZ_SEED ?? 1);
const folder = fileURLToPath(new URL('corpus', import.meta.url));

describe('hostile bytes', () => {
  it('have a corpus for every contract', () => {
    expect(readdirSync(folder).sort()).toEqual([...contracts.keys()].map((name) => `${name}.hex`).sort());
  });

  it.each([...contracts.keys()])('of the corpus of %s are answered or refused', (name) => {
    const before = prototypesNow();
    const { messages } = new Corpus(folder, name);
    expect(messages.length).toBeGreaterThan(0);
    const signatures = new Set(messages.map((message) => tryBytes(contracts.get(name) as Subject, message)));
    // Messages that all fare alike would show nothing.
    expect(signatures.size).toBeGreaterThan(1);
    expect(prototypesNow()).toBe(before);
  });

  it(`made by chance are answered or refused, seed ${seed}`, { timeout: 180_000 }, () => {
    const before = prototypesNow();
    let accepted = 0;
    const { messages, failure } = runFuzz({ messages: MESSAGES, seed }, (_, __, signature) => {
      if (signature.startsWith('true')) accepted++;
    });
    if (failure !== undefined) throw failure;
    console.log(`fuzz: seed ${seed}, ${messages} messages, ${accepted} accepted`);
    expect(messages).toBeGreaterThan(MESSAGES / 2);
    expect(accepted).toBeGreaterThan(0);
    expect(accepted).toBeLessThan(messages);
    expect(prototypesNow()).toBe(before);
  });
});
