/** Plots that follow the page: its size, light and dark. For the browser; bundled into each page. */
import { type EChartsType, init } from 'echarts/core';

/** What the page was made with. */
export function dataOf<T>(): T {
  return JSON.parse(document.getElementById('data')?.textContent ?? '{}') as T;
}

type ChartOption = Parameters<EChartsType['setOption']>[0];

const prefersDark = matchMedia('(prefers-color-scheme: dark)');

/** What the reader chose, or else what the system prefers. */
export function isDark(): boolean {
  const chosen = document.documentElement.dataset.theme;
  return chosen === undefined ? prefersDark.matches : chosen === 'dark';
}

/** The page's plots, each in the element that has its id. */
export class Charts {
  readonly #optionOf: (id: string) => ChartOption;
  readonly #charts = new Map<string, EChartsType>();
  readonly #ids: readonly string[];

  /** @param optionOf asked again whenever the plot is drawn anew */
  constructor(ids: readonly string[], optionOf: (id: string) => ChartOption) {
    this.#ids = ids;
    this.#optionOf = optionOf;
    this.draw();
    prefersDark.addEventListener('change', () => this.draw());
    addEventListener('resize', () => {
      for (const chart of this.#charts.values()) chart.resize();
    });
  }

  /** Draws all of them anew: light and dark are themes that a chart is born with. */
  draw(): void {
    for (const chart of this.#charts.values()) chart.dispose();
    this.#charts.clear();
    for (const id of this.#ids) {
      const place = document.getElementById(id);
      if (place === null) continue;
      // First, because it may depend on the plot how high the element has to be.
      const option = this.#optionOf(id);
      const chart = init(place, isDark() ? 'dark' : undefined);
      this.#charts.set(id, chart);
      chart.setOption(option);
    }
  }

  /** Draws with the options of now. */
  update(ids: readonly string[] = this.#ids): void {
    for (const id of ids) {
      const option = this.#optionOf(id);
      const chart = this.#charts.get(id);
      chart?.resize();
      chart?.setOption(option, { notMerge: true });
    }
  }

  get(id: string): EChartsType | undefined {
    return this.#charts.get(id);
  }
}
