/** The page that `doorcall bench --html` writes, in a real browser. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { Shop } from './shop.js';

const executablePath = ['chromium', 'chromium-browser', 'google-chrome']
  .flatMap((name) => (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name)))
  .find((path) => existsSync(path));

const small = { width: 390, height: 800 };
const large = { width: 1280, height: 900 };

let browser: Browser;
beforeAll(async () => {
  // A sandbox cannot be had in most containers; the page is our own.
  if (executablePath !== undefined)
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
});
afterAll(() => browser?.close());

/** Measures and opens the page; whatever it complains of or asks the network for fails the test. */
async function open(viewport: typeof small, ...args: readonly string[]) {
  const shop = new Shop();
  await shop.serve();
  shop.bench(...args, '--html', 'page.html');
  const page = await browser.newPage({ viewport });
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
  await page.goto(pathToFileURL(shop.made.at('page.html')).href);
  return page;
}

/** Both pictures in the form for this width; the other form is hidden from everybody. */
async function shownPictures(page: Page) {
  const pictures = page.getByRole('img', { name: /the figures are in the table below$/ });
  expect(await pictures.count()).toBe(2);
  return pictures.all();
}

it.runIf(executablePath === undefined)('was not opened: chromium is missing', () => {
  console.warn('the page was not tried in a browser: no chromium on PATH (Debian: apt install chromium)');
});

describe.runIf(executablePath !== undefined)('the page', () => {
  it('draws both pictures beside their tables', async () => {
    const page = await open(large, '--method', 'orders/ping', '-n', '2000');
    expect(await page.title()).toBe('orders/ping: doorcall bench');
    const titles = await page.getByRole('heading', { level: 2 }).allTextContents();
    expect(titles).toEqual(['Summary', 'Latency by percentile', 'Response times', 'Status codes']);
    for (const picture of await shownPictures(page)) {
      const { width, height } = (await picture.locator('svg').boundingBox())!;
      expect(width).toBeGreaterThan(500);
      expect(height).toBeGreaterThan(150);
      // Axes with words, and something that was measured: of more than one place, and within the picture.
      expect(await picture.locator('svg text').count()).toBeGreaterThan(4);
      const shapes = await picture
        .locator('svg path')
        .evaluateAll((paths: { getBoundingClientRect(): { width: number; height: number } }[]) =>
          paths.map((path) => path.getBoundingClientRect()).filter((box) => box.width > 5 && box.height > 5),
        );
      expect(shapes.length).toBeGreaterThan(0);
    }
    expect(await page.getByRole('row', { name: /^OK 2\D?000$/ }).count()).toBe(1);
  });

  it('fits a phone, with pictures of its own', async () => {
    const page = await open(small, '--method', 'orders/ping', '-n', '2000');
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBe(small.width);
    for (const picture of await shownPictures(page)) {
      const { x, width } = (await picture.locator('svg').boundingBox())!;
      expect(x).toBeGreaterThanOrEqual(0);
      expect(x + width).toBeLessThanOrEqual(small.width);
      expect(width).toBeGreaterThan(250);
    }
  });

  it('is light or dark as the system is', async () => {
    const page = await open(large, '--method', 'orders/ping', '-n', '200');
    const look = async (colorScheme: 'light' | 'dark') => {
      await page.emulateMedia({ colorScheme });
      const [paper, text] = await page.evaluate<[string, string]>(
        "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.querySelector('svg text')).fill]",
      );
      return { paper, text };
    };
    const [light, dark] = [await look('light'), await look('dark')];
    expect(dark.paper).not.toBe(light.paper);
    expect(dark.text).not.toBe(light.text);
    expect(dark.text).not.toBe(dark.paper);
  });
});
