/** What a run says, in sentences: the first thing on the page. */
import {
  describePoint,
  figureWords,
  formatFigure,
  formatRate,
  largerIsBetter,
} from '../../lab/figure-text.js';
import type { FigureName, Point, SuiteName } from '../../lab/results.js';
import { ratioWithinRun } from '../../lab/statistics/bootstrap.js';
import { byRound, type Cell, cellKey } from '../../lab/statistics/cells.js';
import { mainFigures } from '../../lab/statistics/main-figures.js';
import { figureOf, marked, type Run } from '../input.js';
import { advantage, comparedWith, formatTimes, intervalWords, inverted } from './ratios.js';

/** A sentence, and what belongs to it line by line. */
export interface Statement {
  readonly text: string;
  readonly lines?: readonly string[];
}

/** Of ours, the one that others are compared with: the fastest that does not block its thread. */
const candidates = ['doorcall-gen', 'doorcall', 'doorcall-gen-sync', 'doorcall-sync'];

export function statementsOf(run: Run): Statement[] {
  const { transports } = run.results;
  const ours = candidates.find((name) => run.results.trials.some(({ transport }) => transport === name));
  if (ours === undefined) return [];
  const peers = Object.keys(transports).filter((name) => transports[name]!.kind === 'peer');
  return [
    ...latencyStatement(run, ours, peers),
    ...throughputStatement(run, ours, peers),
    ...handOffStatement(run, ours, peers),
    ...floorStatement(run, ours),
    ...lossStatement(run, ours, peers),
  ];
}

const nameIn = ({ results }: Run, name: string) => marked(name, results.transports[name]?.doesLess);

const find = (run: Run, suite: SuiteName, point: Point, transport: string) =>
  run.cells.get(cellKey({ suite, point, transport }));

/** The other transports at the same point, those that ours beats by most first. */
function compare(run: Run, own: Cell, figure: FigureName, others: readonly string[]) {
  // Nothing is a multiple of nothing, or of memory that a process gave back meanwhile.
  const comparable = (values: ReadonlyMap<number, number>) =>
    [...values.values()].every((value) => value > 0);
  if (!comparable(byRound(own, figure))) return [];
  return others
    .flatMap((name) => {
      const cell = find(run, own.suite, own.point, name);
      const values = cell && byRound(cell, figure);
      if (values === undefined || values.size === 0 || !comparable(values)) return [];
      return [{ name, cell: cell!, ratio: advantage(byRound(own, figure), values, largerIsBetter(figure)) }];
    })
    .sort((a, b) => b.ratio.median - a.ratio.median);
}

const shown = (figure: FigureName, cell: Cell) => formatFigure(figure, figureOf(cell, figure)!.median);

function latencyStatement(run: Run, ours: string, peers: readonly string[]): Statement[] {
  const own =
    find(run, 'throughput', { concurrency: 1 }, ours) ??
    find(run, 'latency', { series: 'typed', payloadBytes: 64 }, ours);
  if (own === undefined) return [];
  const what = own.suite === 'throughput' ? 'an order' : 'a document of 64 B';
  const lines = compare(run, own, 'p50Us', peers).map(
    ({ name, cell, ratio }) =>
      `${comparedWith(nameIn(run, name), ratio)}, which takes ${shown('p50Us', cell)}`,
  );
  return [
    {
      text: `${nameIn(run, ours)} answers ${what} in ${shown('p50Us', own)} (p50, one call at a time):`,
      lines,
    },
  ];
}

function throughputStatement(run: Run, ours: string, peers: readonly string[]): Statement[] {
  const own = find(run, 'throughput', { concurrency: 64 }, ours);
  if (own === undefined) return [];
  const words = { better: 'as many as', worse: 'fewer than', same: 'about as many as' };
  const lines = compare(run, own, 'callsPerSecond', peers).map(
    ({ name, cell, ratio }) =>
      `${comparedWith(nameIn(run, name), ratio, words)}, which carries ${shown('callsPerSecond', cell)}`,
  );
  const rate = formatRate(figureOf(own, 'callsPerSecond')!.median);
  return [{ text: `${nameIn(run, ours)} carries ${rate} orders a second with 64 in flight:`, lines }];
}

/** The rate beside busy processes relative to none, where least is left of it. */
function handOffStatement(run: Run, ours: string, peers: readonly string[]): Statement[] {
  const kept = (name: string) => {
    const cells = [...run.cells.values()].filter(
      ({ suite, transport, point }) => suite === 'handoff' && transport === name && point.busy !== undefined,
    );
    const alone = cells.find(({ point }) => point.busy === 0);
    if (alone === undefined) return undefined;
    const rate = byRound(alone, 'callsPerSecond');
    return cells
      .flatMap((cell) => {
        const beside = byRound(cell, 'callsPerSecond');
        if (cell === alone || beside.size === 0 || rate.size === 0) return [];
        return [{ busy: cell.point.busy!, ratio: ratioWithinRun(beside, rate) }];
      })
      .sort((one, other) => one.ratio.median - other.ratio.median)[0];
  };
  const own = kept(ours);
  if (own === undefined) return [];
  const percent = (ratio: number) => Math.round(ratio * 100).toString();
  const describe = ({ ratio }: typeof own) => {
    const unit = ratio.rounds === 1 ? '' : ' %';
    return `${percent(ratio.median)} % of its rate (${intervalWords(ratio, percent)}${unit})`;
  };
  const lines = peers.flatMap((name) => {
    const other = kept(name);
    return other === undefined ? [] : [`${nameIn(run, name)}: ${describe(other)} beside ${other.busy}`];
  });
  const meets =
    own.ratio.median >= 0.5 ? 'more than the classic demand of half' : 'less than the classic demand of half';
  return [
    {
      text: `Beside compute-bound processes, ${nameIn(run, ours)} keeps at worst ${describe(own)}, ${meets}; that is beside ${own.busy}.`,
      lines,
    },
  ];
}

function floorStatement(run: Run, ours: string): Statement[] {
  const own = find(run, 'latency', { series: 'bytes', payloadBytes: 64 }, ours);
  const { transports } = run.results;
  const floors = Object.keys(transports).filter((name) => transports[name]!.kind === 'floor');
  const lines =
    own === undefined
      ? []
      : compare(run, own, 'p50Us', floors).map(({ name, cell, ratio }) => {
          const times = inverted(ratio);
          return `${formatTimes(times.median)} × as long as ${nameIn(run, name)} (${intervalWords(times)}), which takes ${shown('p50Us', cell)}`;
        });
  if (lines.length === 0) return [];
  return [
    {
      text: `The floor is what programs in C++ need that only exchange bytes. For 64 B ${nameIn(run, ours)} takes ${shown('p50Us', own!)}:`,
      lines,
    },
  ];
}

/** By how much a peer has to be better. */
const worthTelling = 0.05;

/** Where a peer is better than ours, by as much as the rounds can tell. */
function lossStatement(run: Run, ours: string, peers: readonly string[]): Statement[] {
  const own = [...run.cells.values()].filter(({ transport }) => transport === ours);
  const compared = own.flatMap((cell) =>
    mainFigures[cell.suite].flatMap((figure) =>
      byRound(cell, figure).size === 0
        ? []
        : compare(run, cell, figure, peers).map((found) => ({ ...found, cell, figure })),
    ),
  );
  if (compared.length === 0) return [];
  // One round has no interval: then by the bare figures, which the words say.
  const lost = compared.filter(
    ({ ratio }) => ratio.median < 1 / (1 + worthTelling) && (ratio.rounds === 1 || ratio.high < 1),
  );
  if (lost.length === 0) {
    return [
      {
        text: `No peer was faster or cheaper than ${nameIn(run, ours)} by more than ${worthTelling * 100} % in any of ${compared.length} ${compared.length === 1 ? 'comparison' : 'comparisons'}.`,
      },
    ];
  }
  const byPeer = new Map<string, string[]>();
  for (const { name, cell, figure, ratio } of lost) {
    const where = [cell.suite, describePoint(cell.point), figureWords[figure]].filter(
      (words) => words !== '',
    );
    const times = inverted(ratio);
    const words = `${where.join(', ')} ${formatTimes(times.median)} × (${intervalWords(times)})`;
    byPeer.set(name, [...(byPeer.get(name) ?? []), words]);
  }
  const lines = [...byPeer].map(([name, all]) => `${nameIn(run, name)} is better in ${all.join('; ')}`);
  return [
    {
      text: `Where ${nameIn(run, ours)} loses by more than ${worthTelling * 100} %: in ${lost.length} of ${compared.length} ${compared.length === 1 ? 'comparison' : 'comparisons'} with peers.`,
      lines,
    },
  ];
}
