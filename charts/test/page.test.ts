import { expect, test } from 'vitest';
import { escapeHtml, pageOf } from '../src/page.js';

const page = pageOf({
  title: 'a < b',
  body: '<main>body</main>',
  style: '.x { color: red; }',
  data: { text: '</script><script>alert(1)</script><!-- <script>' },
  script: 'run("</script>")',
});

test('text cannot leave its place', () => {
  expect(page).toContain('<title>a &lt; b</title>');
  // The data and the script: each ends where it should, and nothing else does.
  expect(page.match(/<\/script/g)).toHaveLength(2);
  expect(page.match(/<script/g)).toHaveLength(2);
  expect(page).not.toContain('<!--');
  expect(page).toContain('run("<\\/script>")');
  const json = /id="data">(.*)<\/script>/.exec(page)?.[1] ?? '';
  expect(JSON.parse(json)).toEqual({ text: '</script><script>alert(1)</script><!-- <script>' });
});

test('nothing may be fetched', () => {
  expect(page).toContain("content=\"default-src 'none';");
  expect(page).not.toMatch(/https?:/);
});

test('what HTML means something else by is escaped', () => {
  expect(escapeHtml('"a" & <b>')).toBe('&quot;a&quot; &amp; &lt;b&gt;');
});
