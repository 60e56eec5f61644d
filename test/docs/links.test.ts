import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { globSync } from 'tinyglobby';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const pages = globSync('docs/**/*.md', { cwd: root }).sort();

/** The anchors that GitHub gives the headings of a page. */
function anchorsOf(markdown: string): Set<string> {
  const headings = Array.from(markdown.matchAll(/^#+ (.*)$/gm), ([, text]) => text!);
  return new Set(
    headings.map(text =>
      text
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

function brokenLinks(page: string): string[] {
  const text = readFileSync(join(root, page), 'utf8').replace(/^ *```[^]*?^ *```$/gm, '');
  const links = Array.from(text.matchAll(/\]\(([^)\s]+)\)/g), ([, target]) => target!);
  return links.filter(link => {
    if (/^[a-z]+:/.test(link)) return false;
    const [path = '', anchor] = link.split('#');
    const file = path === '' ? page : join(dirname(page), path);
    if (!existsSync(join(root, file))) return true;
    return anchor !== undefined && !anchorsOf(readFileSync(join(root, file), 'utf8')).has(anchor);
  });
}

describe('links of the manual', () => {
  test.each(['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', ...pages])('%s links to what exists', page => {
    expect(brokenLinks(page)).toEqual([]);
  });

  test('docs/README.md lists every page', () => {
    const list = readFileSync(join(root, 'docs/README.md'), 'utf8');

    for (const page of pages.filter(name => name !== 'docs/README.md')) expect(list).toContain(`(${page.slice(5)})`);
  });

  test('the README has at most 150 lines', () => {
    expect(readFileSync(join(root, 'README.md'), 'utf8').split('\n').length).toBeLessThanOrEqual(151);
  });
});
