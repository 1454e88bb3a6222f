/** What all plots look like. */
import { isDark } from '@doorcall/charts/browser';
import { colourOf, symbolOf } from '@doorcall/charts/strokes';
import { formatCount, formatMicroseconds, threeDigits } from '../../lab/figure-text.js';
import type { Series, View } from '../model.js';

/** As in the style sheet. */
export const narrow = matchMedia('(max-width: 40rem)');

export function inks() {
  return isDark()
    ? { ink: '#e6e8ec', quiet: '#a2a9b4', rule: '#363b44', paper: '#16181c', panel: '#20242b' }
    : { ink: '#1a1c20', quiet: '#5b616b', rule: '#d9dce2', paper: '#ffffff', panel: '#ffffff' };
}

export function colourAt(look: number): string {
  return colourOf(look, isDark());
}

/** Full in the first run, hollow in others, so that two runs of a transport are two of a kind. */
export function markOf({ look, run }: Pick<Series, 'look' | 'run'>) {
  const colour = colourAt(look);
  return {
    symbol: `path://${symbolOf(look)}`,
    itemStyle: { color: run > 0 ? inks().paper : colour, borderColor: colour, borderWidth: 1.5, opacity: 1 },
  };
}

/** Ours are thick, the floor is dotted, later runs are dashed. */
export function strokeOf({ look, run, kind }: Series) {
  const type = kind === 'floor' ? ('dotted' as const) : run > 0 ? ('dashed' as const) : ('solid' as const);
  return { color: colourAt(look), width: kind === 'ours' ? 3 : 1.6, type };
}

export const textStyle = () => ({ fontFamily: 'system-ui, sans-serif', color: inks().ink });

/** An axis of figures. */
export function figureAxis(figure: View['figure'], log: boolean) {
  const { rule, quiet } = inks();
  return {
    type: log ? ('log' as const) : ('value' as const),
    axisLabel: { color: quiet, hideOverlap: true, formatter: (value: number) => axisLabel(figure, value) },
    splitLine: { lineStyle: { color: rule } },
    axisLine: { show: false },
    nameTextStyle: { color: quiet },
  };
}

/** Round numbers only, so without digits that say nothing. */
function axisLabel(figure: View['figure'], value: number): string {
  if (figure === 'ratio') return threeDigits(value);
  if (figure.endsWith('PerSecond')) return `${shortCount(value)}/s`;
  return formatMicroseconds(value).replace(/\.0+(?=\D)|(?<=\.\d)0+(?=\D)/, '');
}

function shortCount(count: number): string {
  if (count >= 1_000_000) return `${count / 1_000_000} M`;
  return count >= 1_000 ? `${count / 1_000} k` : formatCount(count);
}

export function tooltip() {
  const { panel, ink, rule } = inks();
  return {
    confine: true,
    enterable: true,
    backgroundColor: panel,
    borderColor: rule,
    padding: 8,
    textStyle: { color: ink, fontSize: 12 },
    axisPointer: { lineStyle: { color: ink, type: 'dashed' as const } },
  };
}
