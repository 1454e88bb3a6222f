/** The cells of the waiting benchmark: every combination of what makes waiting easy or hard. */
import { InvalidArgumentError } from 'commander';
import { didYouMean } from '../choice.js';

/** How the processes of a cell are connected. */
export type Topology =
  /** One client, one server. */
  | 'pair'
  /** A client, a server that calls a second one before it answers, and that one. */
  | 'chain'
  /** Three clients of one server. */
  | 'fanin';

export interface Cell {
  topology: Topology;
  /** Compute-bound processes beside. */
  busyProcesses: number;
  /** Time between the end of a call and the next one, in each client. */
  gapUs: number;
  /** Work of each handler for a call. */
  handlerUs: number;
}

export const topologies: readonly Topology[] = ['pair', 'chain', 'fanin'];
const busyProcesses = [0, 1, 2] as const;
const gapsUs = [0, 20, 200, 2_000] as const;
const handlersUs = [0.5, 5, 20] as const;

/** In the order of the run: what needs the same processes lies together. */
export const allCells: readonly Cell[] = topologies.flatMap((topology) =>
  busyProcesses.flatMap((busy) =>
    gapsUs.flatMap((gapUs) =>
      handlersUs.map((handlerUs) => ({ topology, busyProcesses: busy, gapUs, handlerUs })),
    ),
  ),
);

/** The cells of a quick run: all topologies, the gaps that matter most, one handler, without and with company. */
export const quickCells: readonly Cell[] = allCells.filter(
  ({ busyProcesses: busy, handlerUs }) => handlerUs === 5 && busy !== 1,
);

/** E.g. `chain/200/5/0`: topology, gap in µs, handler in µs, compute-bound processes. */
export function cellId({ topology, gapUs, handlerUs, busyProcesses: busy }: Cell): string {
  return `${topology}/${gapUs}/${handlerUs}/${busy}`;
}

/**
 * A parser for `--cells`: comma-separated ids in which any part may be `*`.
 *
 * @throws InvalidArgumentError when a pattern matches no cell
 */
export function parseCells(text: string): Cell[] {
  const ids = allCells.map(cellId);
  const chosen = new Set<string>();
  for (const pattern of text.split(',').map((part) => part.trim())) {
    const matching = ids.filter((id) => matches(id, pattern));
    if (matching.length === 0) {
      throw new InvalidArgumentError(
        `No cell is called '${pattern}'.${didYouMean(pattern, ids)} ` +
          'A cell is <topology>/<gap µs>/<handler µs>/<busy processes>; * stands for any.',
      );
    }
    for (const id of matching) chosen.add(id);
  }
  return allCells.filter((cell) => chosen.has(cellId(cell)));
}

function matches(id: string, pattern: string): boolean {
  const parts = id.split('/');
  const wanted = pattern.split('/');
  return wanted.length === parts.length && wanted.every((part, i) => part === '*' || part === parts[i]);
}
