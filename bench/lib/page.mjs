import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { CASES } from '../cases/all.mjs';

/** The page that shows the figures, between two comments. */
export const PAGE = fileURLToPath(new URL('../../docs/performance.md', import.meta.url));

const BEGIN = '<!-- bench -->';
const END = '<!-- /bench -->';

/** The results of cases as a table in Markdown. */
export function formatTable(results) {
  const rows = results.map(
    ({ name, what, bound, figure, isMet, detail }) =>
      `| ${name} | ${what} | ${bound} | **${figure}**${isMet ? '' : ' (missed)'} | ${detail} |\n`,
  );
  return `| case | what | bound | measured | detail |\n|---|---|---|---|---|\n${rows.join('')}`;
}

/** Puts results into the page. The rows of other cases stay; rows follow the order of {@link CASES}. */
export async function writePage(results) {
  const text = await readFile(PAGE, 'utf8');
  const [start, end] = [text.indexOf(BEGIN) + BEGIN.length, text.indexOf(END)];
  const rows = new Map(rowsOf(text).map(row => [nameOf(row), row]));
  const [head, rule, ...measured] = formatTable(results).trimEnd().split('\n');
  for (const row of measured) rows.set(nameOf(row), row);
  const ordered = CASES.map(({ name }) => rows.get(name)).filter(row => row !== undefined);
  const page = `${text.slice(0, start)}\n\n${[head, rule, ...ordered].join('\n')}\n\n${text.slice(end)}`;
  await writeFile(PAGE, await format(page, { ...(await resolveConfig(PAGE)), parser: 'markdown' }));
}

/** The rows of the page's table, without its head. */
export function rowsOf(text) {
  const block = text.slice(text.indexOf(BEGIN), text.indexOf(END));
  return block.split('\n').filter(line => line.startsWith('| ') && !/^\| (?:case |-)/.test(line));
}

/** The name of the case that a row is about. */
export function nameOf(row) {
  return row.split('|')[1].trim();
}
