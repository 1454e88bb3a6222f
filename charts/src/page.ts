/** One HTML file that needs nothing else: no network, light and dark. For Node. */

export interface Page {
  readonly title: string;
  /** HTML of the body. */
  readonly body: string;
  /** CSS, after what all pages share. */
  readonly style?: string;
  /** What the script finds by {@link dataOf} of `@doorcall/charts/browser`. */
  readonly data: unknown;
  /** Bundled JavaScript. */
  readonly script: string;
}

/** Nothing is fetched, even if a text that got into the page asked for it. */
const policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";

const sharedStyle = `
:root { font: 16px/1.5 system-ui, sans-serif; color-scheme: light dark; }
:root[data-theme="light"] { color-scheme: light; }
:root[data-theme="dark"] { color-scheme: dark; }
body { max-width: 70rem; margin: 0 auto; padding: 1rem; }
.chart { height: 22rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 0.15rem 0.6rem; text-align: right; }
.wide { overflow-x: auto; }
`;

export function pageOf({ title, body, style = '', data, script }: Page): string {
  // `</script>` must not end the script, nor may text begin a comment.
  const json = JSON.stringify(data).replaceAll('<', '\\u003c');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<link rel="icon" href="data:,">
<title>${escapeHtml(title)}</title>
<style>${sharedStyle}${style}</style>
</head>
<body>
${body}
<script type="application/json" id="data">${json}</script>
<script>${script.replaceAll('</script', '<\\/script')}</script>
</body>
</html>
`;
}

/** Text, so that HTML shows it as it is; also within a quoted attribute. */
export function escapeHtml(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
  };
  return text.replace(/[&<>"]/g, (character) => entities[character] ?? character);
}
