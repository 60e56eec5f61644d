import { createHash } from 'node:crypto';
import { markup, Markup } from './markup.js';

/** A page that opens offline. Style and script are the program's own text, never a value. */
export interface Page {
  readonly title: string;
  readonly body: Markup;
  /** CSS, besides that of every page. */
  readonly style?: string | undefined;
  /** JavaScript that runs once the page is loaded. The page must be complete without it. */
  readonly script?: string | undefined;
}

/** The look of every page: system fonts, light and dark. */
const STYLE = `
:root{color-scheme:light dark;--text:#1c2128;--faint:#667080;--line:#d5dae1;--back:#fff;--card:#f6f8fa}
@media(prefers-color-scheme:dark){:root{--text:#dfe3e8;--faint:#929cab;--line:#3a424d;--back:#14181d;--card:#1c2128}}
body{margin:2rem auto;max-width:72rem;padding:0 1rem;background:var(--back);color:var(--text);
font:15px/1.5 system-ui,"DejaVu Sans",sans-serif}
h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem}
.faint{color:var(--faint)}
figure{margin:1rem 0;padding:.5rem;background:#fff;border:1px solid var(--line);border-radius:6px;overflow-x:auto}
figure svg{display:block;max-width:100%;height:auto}
pre,code{font-family:ui-monospace,"DejaVu Sans Mono",monospace;font-size:.9em}
pre{padding:.75rem;background:var(--card);border-radius:6px;white-space:pre-wrap;overflow-wrap:anywhere}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
th,td{padding:.2rem .75rem;border-bottom:1px solid var(--line);text-align:left;vertical-align:top;overflow-wrap:anywhere}
th{font-weight:600}.number{text-align:right}
@media print{body{margin:0}}
`;

/**
 * A whole HTML document in one text. Its Content-Security-Policy (CSP Level 3) allows the styles and the script that
 * are in it, by their hashes, and nothing else: no request, no other script, no form, no `style` or `on...` attribute.
 * A value that got through as markup would do nothing.
 */
export function renderPage({ title, body, style = '', script }: Page): string {
  const css = STYLE + style;
  const policy = [
    `default-src 'none'`,
    `style-src ${hashOf(css)}`,
    ...(script === undefined ? [] : [`script-src ${hashOf(script)}`]),
    `base-uri 'none'`,
    `form-action 'none'`,
  ].join('; ');
  const document = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${raw('style', css)}</style>
</head>
<body>
${body}
${script === undefined ? undefined : markup`<script>${raw('script', script)}</script>`}
</body>
</html>
`;
  return document.toString();
}

/** The program's own text within an element that ends at its end tag only. */
function raw(element: string, text: string): Markup {
  if (text.toLowerCase().includes(`</${element}`)) throw new Error(`the ${element} of a page contains its own end tag`);
  return new Markup(text);
}

/** The hash as a source of CSP: of the bytes between the tags (CSP Level 3, section 2.3.1). */
function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
