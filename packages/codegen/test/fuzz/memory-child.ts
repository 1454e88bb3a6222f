// Gives greedy messages to the decoders of every contract, and tells how much memory one message took at most.
import { contracts } from './contracts.js';
import { Corpus } from './corpus.js';
import { greedyMessages } from './greedy.js';
import { tryBytes } from './target.js';

const [folder = '.'] = process.argv.slice(2);
let most = 0;
let messages = 0;
for (const [name, subject] of contracts) {
  for (const message of greedyMessages(new Corpus(folder, name).messages)) {
    const before = inUse();
    tryBytes(subject, message);
    // A collection in between makes it less; then the next message shows.
    most = Math.max(most, inUse() - before);
    messages++;
  }
}
process.stdout.write(JSON.stringify({ messages, most }));

function inUse(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
