/** Colours, dashes and symbols that tell many series apart; the same in the plot and in its legend. Needs no browser. */

/** Okabe and Ito's, which people who see few colours can tell apart. */
export const colours = [
  ...['#0072b2', '#e69f00', '#009e73', '#d55e00', '#56b4e9', '#cc79a7', '#999999', '#b8a800'],
] as const;
/** The same where they would be too dark for what is behind them. */
export const coloursOnDark = ['#3d9fe0', ...colours.slice(1)] as const;
export const dashes = ['solid', 'dashed', 'dotted'] as const;
export type Dash = (typeof dashes)[number];

/** Outlines in a square of 10 × 10. One fewer than the colours, so that 56 series differ in one of the two. */
export const symbols = [
  'M5 0A5 5 0 1 1 5 10A5 5 0 1 1 5 0Z',
  'M0.7 0.7H9.3V9.3H0.7Z',
  'M5 0L10 9.3H0Z',
  'M5 0L10 5L5 10L0 5Z',
  'M0 0.7H10L5 10Z',
  'M3.3 0H6.7V3.3H10V6.7H6.7V10H3.3V6.7H0V3.3H3.3Z',
  'M5 0L9.8 3.5L7.9 9.5H2.1L0.2 3.5Z',
] as const;

const cyclic = <T>(all: readonly T[], index: number) => all[index % all.length] as T;

export const colourOf = (index: number, dark = false) => cyclic(dark ? coloursOnDark : colours, index);
export const dashOf = (index: number) => cyclic(dashes, index);
export const symbolOf = (index: number) => cyclic(symbols, index);
