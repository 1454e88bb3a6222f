// npm run test:fuzz-codec: hostile bytes for generated decoders, for as long as one likes.
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { bundle } from './bundle.mjs';
import { readOptions, usage } from './fuzz/options.mjs';
import { runTasks } from './parity/pool.mjs';
import { Progress } from './parity/progress.mjs';

const MESSAGES_PER_TASK = 20_000;
const corpusFolder = fileURLToPath(new URL('../test/fuzz/corpus', import.meta.url));
/** Ways to fare of which the corpus keeps a message, for each contract. */
const MAX_COLLECTED = 48;

const options = readOptions(process.argv.slice(2));
if (options.problem !== undefined) {
  console.error(`${options.problem}\n\n${usage}`);
  process.exit(2);
}
if (options.help) {
  console.log(usage);
  process.exit(0);
}
process.exit(await main());

async function main() {
  const { seed, messages, processes, collect } = options;
  console.log(`fuzz: seed ${seed}, ${messages} messages in ${processes} processes`);
  const progress = new Progress(messages, 'messages');
  const failures = [];
  const collected = [];
  let planned = 0;
  let done = 0;
  const next = () => {
    if (planned >= messages) return undefined;
    const task = {
      seed: seed + planned / MESSAGES_PER_TASK,
      messages: Math.min(MESSAGES_PER_TASK, messages - planned),
      collect,
    };
    planned += MESSAGES_PER_TASK;
    return task;
  };
  const onOutcome = (outcome) => {
    done += outcome.messages;
    collected.push(...outcome.collected);
    if (outcome.failure !== undefined) failures.push({ ...outcome.failure, seed: outcome.seed });
    progress.show(done);
    return outcome.failure === undefined;
  };
  await runTasks(await bundle('test/fuzz/worker.ts'), processes, next, {
    onOutcome,
    onDeath: (text) => failures.push({ text, contract: '', hex: '' }),
  });
  progress.end();
  await keep(failures, collected);
  for (const { text, seed: failedSeed } of failures) console.error(`\n${text}\n  seed   ${failedSeed}`);
  console.log(`\nfuzz: ${done} messages tried, ${failures.length} findings`);
  return failures.length === 0 ? 0 : 1;
}

/** What failed stays in the corpus; with --collect also a message for each new way to fare. */
async function keep(failures, collected) {
  const { Corpus } = await import(pathToFileURL(await bundle('test/fuzz/corpus.ts')).href);
  const corpora = new Map();
  const corpusOf = (contract) => {
    const corpus = corpora.get(contract) ?? new Corpus(corpusFolder, contract);
    corpora.set(contract, corpus);
    return corpus;
  };
  for (const { contract, hex, text } of failures) {
    if (contract === '') continue;
    corpusOf(contract).add(Buffer.from(hex, 'hex'), text.split('\n')[0]?.replaceAll('#', ''));
    console.log(`added to ${path.join('test/fuzz/corpus', `${contract}.hex`)}`);
  }
  for (const [contract, messages] of shortest(collected)) {
    for (const hex of messages) corpusOf(contract).add(Buffer.from(hex, 'hex'));
  }
  for (const corpus of corpora.values()) corpus.save();
}

/** By contract, the shortest message of each of the ways to fare that have the shortest ones. */
function shortest(collected) {
  const ways = new Map();
  for (const { contract, hex, signature } of collected) {
    const ofContract = ways.get(contract) ?? new Map();
    ways.set(contract, ofContract);
    const known = ofContract.get(signature);
    if (known === undefined || known.length > hex.length) ofContract.set(signature, hex);
  }
  return [...ways].map(([contract, found]) => [
    contract,
    [...found.values()].sort((a, b) => a.length - b.length).slice(0, MAX_COLLECTED),
  ]);
}
