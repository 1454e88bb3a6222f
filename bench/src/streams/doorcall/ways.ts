/** Ways to use doorcall in one scenario, each with and without generated code. */
import type { StreamsClient } from '../contract/streams.gen.js';
import type { Measure, Party } from '../party.js';
import { connectStreams, serveStreams } from './ends.js';

export interface Way {
  summary: string;
  measure(client: StreamsClient): Measure;
}

/** Every way in processes of its own: what one has compiled and collected is not the others' business. */
export function partiesOf(ways: Readonly<Record<string, Way>>): Record<string, Party> {
  const parties = (['msgpack', 'generated'] as const).flatMap((codec) =>
    Object.entries(ways).map(([way, { summary, measure }]): [name: string, Party] => {
      const name = codec === 'generated' ? `${way}-gen` : way;
      return [
        name,
        {
          measures: { [name]: codec === 'generated' ? `${summary}; generated code` : summary },
          serve: (directory) => serveStreams(codec, directory),
          connect: async (directory) => ({ [name]: measure(await connectStreams(codec, directory)) }),
        },
      ];
    }),
  );
  return Object.fromEntries(parties);
}
