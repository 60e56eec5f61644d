import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { globSync } from 'tinyglobby';
import { describe, expect, test } from 'vitest';
import { comparable, matches } from '../helpers/console/mask.js';
import { readPage, type Page } from '../helpers/console/page.js';
import { typePage } from '../helpers/console/terminal.js';
import { updated } from '../helpers/console/update.js';
import { hasProgram } from '../helpers/programs.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const files = ['README.md', ...globSync('docs/**/*.md', { cwd: root }).sort()];

/** `script` is util-linux's, and only Linux has all of 127.0.0.0/8. */
const canRun =
  process.platform === 'linux' &&
  hasProgram('script') &&
  hasProgram('curl') &&
  hasProgram('jq') &&
  hasProgram('openssl') &&
  hasProgram('logger') &&
  hasProgram('sqlite3') &&
  hasProgram('python3');

/** What a page shows and what its commands print, command by command: equal where the page is right. */
function compared({ commands }: Page, results: readonly string[][]): { shown: string[]; printed: string[] } {
  const shown: string[] = [];
  const printed: string[] = [];
  for (const [index, { text, line, expected, numbersVary }] of commands.entries()) {
    if (expected === undefined) continue;
    const [wanted, got] = [comparable(expected, numbersVary), comparable(results[index]!, numbersVary)];
    const command = `line ${line}: $ ${text}`;
    shown.push(command, ...wanted);
    printed.push(command, ...(matches(got, wanted) ? wanted : got));
  }
  return { shown, printed };
}

// DOCS_UPDATE=1 writes what was printed into the pages: look at the difference before you commit it.
describe.skipIf(!canRun)('console blocks (skipped without script, curl, jq and Linux)', () => {
  const pages = files.filter(file => readFileSync(root + file, 'utf8').includes('```console'));

  test.concurrent.for(pages)('%s shows what its commands print', async (file, { expect }) => {
    const markdown = readFileSync(root + file, 'utf8');
    const page = readPage(markdown);
    const results = await typePage(page);
    if (process.env.DOCS_UPDATE) writeFileSync(root + file, updated(markdown, page.commands, results));
    const { shown, printed } = compared(page, results);

    expect(printed).toEqual(shown);
  });

  test('a page that shows something else fails', async () => {
    const page = readPage('```console\n$ telemetry query --raw "select 41 + 1"\n43\n```\n');
    const { shown, printed } = compared(page, await typePage(page));

    expect(shown.at(-1)).toBe('43');
    expect(printed.at(-1)).toBe('42');
  });
});
