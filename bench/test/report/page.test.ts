/** The page that `npm run bench -- report` writes, in a real browser. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { madeUpLab, madeUpTransports } from './made-up-lab.js';

const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

const plots = [
  ...[
    'percentiles',
    'latency',
    'throughput',
    'openloop',
    'fanin',
    'mixed',
    'handoff',
    'cost',
    'chain',
    'placement',
  ],
];
const shapes = 'svg path, svg polyline';

const executablePath = ['chromium', 'chromium-browser', 'google-chrome']
  .flatMap((name) => (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name)))
  .find((path) => existsSync(path));

let directory: string;
let browser: Browser;

beforeAll(async () => {
  if (executablePath === undefined) return;
  directory = mkdtempSync(join(tmpdir(), 'bench-page-'));
  writeFileSync(join(directory, 'before.json'), JSON.stringify(madeUpLab()));
  writeFileSync(join(directory, 'after.json'), JSON.stringify(madeUpLab({ factor: 1.4 })));
  write('one.html', 'before.json');
  write('two.html', 'before.json', 'after.json');
  // A sandbox cannot be had in most containers; the page is our own.
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
});
afterAll(async () => {
  await browser?.close();
  if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
});

function write(page: string, ...files: string[]): void {
  const paths = files.map((file) => join(directory, file));
  const { status, stderr } = spawnSync(
    process.execPath,
    [cli, 'report', ...paths, '--out', join(directory, page)],
    { encoding: 'utf8' },
  );
  expect(stderr).toMatch(/^Written: \S+\n$/);
  expect(status).toBe(0);
}

interface Look {
  readonly width?: number;
  readonly colorScheme?: 'light' | 'dark';
}

/** Opens the page; whatever it complains of or asks the network for fails the test. */
async function open(file: 'one.html' | 'two.html', { width = 1280, colorScheme = 'light' }: Look = {}) {
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    if (!/^(file|data):/.test(request.url())) complaints.push(`request: ${request.url()}`);
  });
  onTestFinished(async () => {
    await page.close();
    expect(complaints).toEqual([]);
  });
  await page.goto(pathToFileURL(join(directory, file)).href);
  await page.locator('#percentiles svg').waitFor();
  return page;
}

const chart = (page: Page, id: string) => page.locator(`#${id}`);
const drawn = (page: Page, id: string) => chart(page, id).locator('svg').innerHTML();
const chip = (page: Page, id: string, name: string) =>
  page.locator(`section:has(#${id})`).getByRole('button', { name, exact: true });
/** How many shapes have this colour. */
const coloured = (page: Page, id: string, colour: string) =>
  chart(page, id).locator(`:is(${shapes})[stroke="${colour}" i]`).count();

async function hoverMiddle(page: Page, place: Locator): Promise<string> {
  await place.scrollIntoViewIfNeeded();
  const { x, y, width, height } = (await place.boundingBox())!;
  await page.mouse.move(x + width * 0.5, y + height * 0.5);
  await page.mouse.move(x + width * 0.51, y + height * 0.45);
  const tip = place.locator('.tip');
  await tip.waitFor();
  const cells = await tip.locator('b, th, td').allTextContents();
  return cells.join(' | ');
}

it.runIf(executablePath === undefined)('was not opened: chromium is missing', () => {
  console.warn('the report was not tried in a browser: no chromium on PATH (Debian: apt install chromium)');
});

describe.runIf(executablePath !== undefined)('the page', () => {
  it('draws every plot, with a line for each transport that took part', async () => {
    const page = await open('one.html');
    for (const id of plots) {
      expect(await chart(page, id).locator('svg').count(), id).toBe(1);
      expect(await chart(page, id).locator(shapes).count(), id).toBeGreaterThan(10);
      expect(await chart(page, id).locator('svg text').count(), id).toBeGreaterThan(3);
    }
    // The colours of doorcall-gen, doorcall, node-http-tcp, net-unix; the floor makes no typed calls.
    for (const colour of ['#0072b2', '#e69f00', '#009e73', '#d55e00']) {
      expect(await coloured(page, 'latency', colour), colour).toBeGreaterThan(0);
    }
    expect(await coloured(page, 'latency', '#56b4e9')).toBe(0);
    expect(await coloured(page, 'handoff', '#56b4e9')).toBeGreaterThan(0);
    expect(await chart(page, 'handoff').locator('svg').textContent()).toContain('half');
    expect(await chart(page, 'latency').locator('svg').textContent()).toMatch(
      /0 B.*64 B.*1 KiB.*64 KiB.*1 MiB/,
    );
  });

  it('shows the figures of the place under the pointer', async () => {
    const page = await open('one.html');
    const text = await hoverMiddle(page, chart(page, 'throughput'));
    expect(text).toMatch(/16 calls in flight/);
    // The largest first, each with its interval.
    expect(text).toMatch(/■ doorcall-gen \| [\d\u202f]+\/s \(.+–.+\/s\) .* node-http-tcp \| /);
    expect(await hoverMiddle(page, chart(page, 'percentiles'))).toMatch(
      /^p[89][\d.]+ \| ■ node-http-tcp \| .* ■ doorcall-gen \| [\d.]+ µs$/,
    );
    expect(await hoverMiddle(page, chart(page, 'mixed'))).toMatch(
      /^[\w-]+(?: \*)? \| ■ alone \| [\d.]+ [µm]s \(.+\) \| ■ beside 1 MiB calls \| /,
    );
    expect(await hoverMiddle(page, chart(page, 'cost'))).toMatch(
      / \| ■ client \| [\d.]+ µs \(.+\) \| ■ server \| /,
    );
  });

  it('shows another view of a plot', async () => {
    const page = await open('one.html');
    const before = await drawn(page, 'latency');
    await page.locator('section:has(#latency) select').selectOption('bytes: p50');
    expect(await drawn(page, 'latency')).not.toBe(before);
    expect(await coloured(page, 'latency', '#56b4e9')).toBeGreaterThan(0);
    const views = await page.locator('section:has(#percentiles) option').allTextContents();
    expect(views[0]).toBe('latency, typed, 64 B');
    expect(views).toContain('handoff, 4 busy');
  });

  it('hides and shows transports in all plots, one by one and by kind, from the keyboard', async () => {
    const page = await open('one.html');
    await chip(page, 'latency', 'node-http-tcp').focus();
    await page.keyboard.press('Enter');
    for (const id of ['latency', 'throughput', 'percentiles']) {
      expect(await coloured(page, id, '#009e73'), id).toBe(0);
      expect(await chip(page, id, 'node-http-tcp').getAttribute('aria-pressed')).toBe('false');
    }
    expect(await chart(page, 'mixed').locator('svg').textContent()).not.toContain('node-http-tcp');
    await page.keyboard.press('Space');
    expect(await coloured(page, 'throughput', '#009e73')).toBeGreaterThan(0);

    await page.getByRole('checkbox', { name: 'peers' }).focus();
    await page.keyboard.press('Space');
    expect(await coloured(page, 'latency', '#009e73')).toBe(0);
    expect(await coloured(page, 'latency', '#d55e00')).toBe(0);
    expect(await coloured(page, 'latency', '#0072b2')).toBeGreaterThan(0);
    await page.getByRole('checkbox', { name: 'floor' }).uncheck();
    expect(await coloured(page, 'handoff', '#56b4e9')).toBe(0);
    await page.getByRole('checkbox', { name: 'doorcall' }).uncheck();
    expect(await chart(page, 'latency').locator('svg').textContent()).toContain('Everything here is hidden');
    // Asking for one of a hidden kind shows the kind.
    await chip(page, 'latency', 'net-unix *').click();
    expect(await page.getByRole('checkbox', { name: 'peers' }).isChecked()).toBe(true);
    expect(await coloured(page, 'latency', '#d55e00')).toBeGreaterThan(0);
  });

  it('changes between logarithmic and linear', async () => {
    const page = await open('one.html');
    const labels = () => chart(page, 'latency').locator('svg').textContent();
    expect(await labels()).toMatch(/1 µs.*10 µs.*100 µs.*1 ms.*10 ms/);
    const bars = await drawn(page, 'cost');
    await page.getByRole('checkbox', { name: 'logarithmic' }).focus();
    await page.keyboard.press('Space');
    expect(await labels()).toMatch(/0 µs.*1 ms.*2 ms.*3 ms/);
    // Bars begin at zero either way.
    expect(await drawn(page, 'cost')).toBe(bars);
  });

  it('is light or dark as the system is, until the reader chooses', async () => {
    const look = async (page: Page) => ({
      paper: await page.evaluate<string>('getComputedStyle(document.documentElement).backgroundColor'),
      plot: await drawn(page, 'latency'),
    });
    const light = await look(await open('one.html'));
    const page = await open('one.html', { colorScheme: 'dark' });
    const dark = await look(page);
    expect(dark.paper).not.toBe(light.paper);
    expect(dark.plot).not.toBe(light.plot);
    const button = page.getByRole('button', { name: 'dark' });
    expect(await button.getAttribute('aria-pressed')).toBe('true');
    await button.focus();
    await page.keyboard.press('Enter');
    expect(await button.getAttribute('aria-pressed')).toBe('false');
    expect((await look(page)).paper).toBe(light.paper);
    expect(await coloured(page, 'latency', '#0072b2')).toBeGreaterThan(0);
    await page.emulateMedia({ colorScheme: 'light' });
    await button.click();
    expect((await look(page)).paper).toBe(dark.paper);
  });

  it.each(['light', 'dark'] as const)('fits a phone, %s', async (colorScheme) => {
    const page = await open('two.html', { width: 390, colorScheme });
    await page.evaluate(
      "document.querySelectorAll('details').forEach((details) => { details.open = true; })",
    );
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBe(390);
    for (const id of plots) {
      const { x, width } = (await chart(page, id).boundingBox())!;
      expect(x).toBeGreaterThanOrEqual(0);
      expect(x + width).toBeLessThanOrEqual(390);
    }
    // Names stand above their rows, and none is left out.
    for (const name of Object.keys(madeUpTransports).filter((name) => !name.startsWith('floor'))) {
      expect(await chart(page, 'chain').locator('svg').textContent()).toContain(name);
    }
  });

  it('has a table for every plot, a name for everything, and marks what does less', async () => {
    const page = await open('one.html');
    for (const id of plots) {
      const section = page.locator(`section:has(#${id})`);
      expect(await chart(page, id).getAttribute('role')).toBe('img');
      expect(await chart(page, id).getAttribute('aria-label')).toMatch(/^Plot: .+ table below/);
      expect(await section.locator('details table').count()).toBeGreaterThan(0);
    }
    for (const control of await page.locator('input, select, button').all()) {
      // What a screen reader says: the label's text, or else its own.
      const name = await control.evaluate(
        (element: { labels?: { textContent: string }[]; textContent: string }) =>
          element.labels?.[0] === undefined ? element.textContent : element.labels[0].textContent,
      );
      expect(name.trim()).toBeTruthy();
    }
    expect(await page.locator('section:has(#latency) .note').textContent()).toContain(
      'net-unix: validates nothing',
    );
    expect(await chip(page, 'latency', 'net-unix *').count()).toBe(1);
    const row = page
      .locator('section:has(#throughput) details table')
      .first()
      .locator('tr', { hasText: 'net-unix *' });
    expect(await row.count()).toBe(1);
  });

  it('shows several runs beside each other', async () => {
    const page = await open('two.html');
    expect(await chip(page, 'latency', 'doorcall-gen · before').count()).toBe(1);
    expect(await chip(page, 'latency', 'doorcall-gen · after').count()).toBe(1);
    const dashed = chart(page, 'latency').locator(`:is(${shapes})[stroke="#0072b2" i][stroke-dasharray]`);
    expect(await dashed.count()).toBeGreaterThan(0);
    await chip(page, 'latency', 'doorcall-gen · after').click();
    expect(await dashed.count()).toBe(0);
    expect(await coloured(page, 'latency', '#0072b2')).toBeGreaterThan(0);
  });
});
