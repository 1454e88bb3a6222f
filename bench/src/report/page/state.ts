/** What the reader has chosen. */
import { dataOf } from '@doorcall/charts/browser';
import type { Kind, Line, Model, Plot, Series, View } from '../model.js';

export const model = dataOf<Model>();

export const state = {
  hidden: new Set<number>(),
  hiddenKinds: new Set<Kind>(),
  logarithmic: true,
  /** By the plot's id. */
  views: new Map<string, number>(),
};

export function plotOf(id: string): Plot {
  const plot = model.plots.find((candidate) => candidate.id === id);
  if (plot === undefined) throw new Error(`no plot ${id}`);
  return plot;
}

export function viewOf(plot: Plot): View {
  return plot.views[state.views.get(plot.id) ?? 0] as View;
}

export function isShown({ id, kind }: Series): boolean {
  return !state.hidden.has(id) && !state.hiddenKinds.has(kind);
}

export interface ShownLine extends Line {
  readonly owner: Series;
}

export function shownLines(view: View): ShownLine[] {
  return view.lines
    .map((line) => ({ ...line, owner: model.series[line.series] as Series }))
    .filter(({ owner }) => isShown(owner));
}
