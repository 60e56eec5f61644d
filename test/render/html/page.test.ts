import { createHash } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { escapeMarkup, markup, scriptJson } from '../../../src/render/html/markup.js';
import { renderPage } from '../../../src/render/html/page.js';
import { CHROMIUM, openInChromium } from '../../helpers/chromium.js';
import { HOSTILE_STRINGS, PWNED } from '../../helpers/hostile-strings.js';
import { removeDirectory } from '../../helpers/remove-directory.js';

describe('escapeMarkup', () => {
  it('escapes what ends a text or an attribute', () => {
    expect(escapeMarkup(`<a href="x">'&'</a>`)).toBe('&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;');
  });

  it('shows what XML forbids and what reorders text, and keeps line breaks', () => {
    expect(escapeMarkup('a\n\tb\u0000\u001b[1m\u202ec\ud800\ufffe')).toBe('a\n\tb\\x00\\x1b[1m\\u202ec\\ud800\ufffd');
  });

  it('leaves nothing of any text that markup acts on', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        expect(escapeMarkup(text)).not.toMatch(/[<>"'\ufffe\uffff]|(?![\n\t])\p{Cc}|\p{Cs}/u);
      }),
    );
  });
});

describe('markup', () => {
  it('escapes values, and takes markup and lists of it as they are', () => {
    const items = ['<b>', '"q"'].map(text => markup`<li title="${text}">${text}</li>`);
    expect(markup`<ul>${items}</ul>${undefined}${7}`.toString()).toBe(
      '<ul><li title="&lt;b&gt;">&lt;b&gt;</li><li title="&quot;q&quot;">&quot;q&quot;</li></ul>7',
    );
  });
});

describe('scriptJson', () => {
  it('is JSON of the same value, and never ends a script', () => {
    fc.assert(
      fc.property(fc.jsonValue(), value => {
        const text = scriptJson(value).toString();
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(text).not.toMatch(/[<>&\u2028\u2029]/);
      }),
    );
  });
});

describe('renderPage', () => {
  const dir = mkdtempSync(join(tmpdir(), 'telemetry-page-'));
  afterAll(() => removeDirectory(dir));

  it('allows its own style and script by hash, and nothing else', () => {
    const page = renderPage({ title: 'A <b>', body: markup`<p>x</p>`, script: 'document.body.id = "ran"' });
    const [, style = ''] = /<style>([^]*?)<\/style>/.exec(page)!;
    const hash = (text: string): string => `&#39;sha256-${createHash('sha256').update(text).digest('base64')}&#39;`;
    expect(page).toContain(
      `content="default-src &#39;none&#39;; style-src ${hash(style)}; script-src ${hash('document.body.id = "ran"')}; base-uri &#39;none&#39;; form-action &#39;none&#39;"`,
    );
    expect(page).toContain('<title>A &lt;b&gt;</title>');
    expect(page).not.toMatch(/https?:/);
  });

  it('refuses a script that would end its own element', () => {
    expect(() => renderPage({ title: '', body: markup``, script: 'x = "</script>"' })).toThrow('its own end tag');
  });

  it.skipIf(CHROMIUM === undefined)(
    'runs its script in a browser, and no hostile string (needs Chromium)',
    async () => {
      const file = join(dir, 'page.html');
      const body = markup`${HOSTILE_STRINGS.map(text => markup`<p title="${text}">${text}</p>`)}
        <script type="application/json" id="data">
          ${scriptJson(HOSTILE_STRINGS)}
        </script>`;
      const script = 'document.body.id = "ran-" + JSON.parse(document.getElementById("data").textContent).length';
      writeFileSync(file, renderPage({ title: HOSTILE_STRINGS[2]!, body, script }));

      const { dom, requests } = await openInChromium(file);

      expect(dom).toContain(`id="ran-${HOSTILE_STRINGS.length}"`);
      expect(dom).not.toContain(`<title>${PWNED}`);
      expect(dom.match(/<(?:script|img|iframe|svg|style|link)\b/g)).toHaveLength(3);
      expect(requests).toEqual([]);
    },
  );

  it.skipIf(CHROMIUM === undefined)('notes what a page asks for and what a string runs (needs Chromium)', async () => {
    const file = join(dir, 'open.html');
    writeFileSync(
      file,
      `<!doctype html><title>x</title>${HOSTILE_STRINGS[0]}<img src="http://hostile.invalid/asked.png">`,
    );

    const { dom, requests } = await openInChromium(file);

    expect(dom).toContain(`<title>${PWNED}`);
    expect(requests).toEqual(['http://hostile.invalid/asked.png']);
  });
});
