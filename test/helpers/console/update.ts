import { comparable, matches, printable } from './mask.js';
import type { PageCommand } from './page.js';

/** The page with what its commands printed in place of what it showed, where the two differ. */
export function updated(
  markdown: string,
  commands: readonly PageCommand[],
  results: readonly (readonly string[])[],
): string {
  const lines = markdown.split('\n');
  for (const [index, { text, line, expected, numbersVary }] of [...commands.entries()].reverse()) {
    const printed = printable(results[index]!);
    if (expected === undefined) continue;
    if (matches(comparable(printed, numbersVary), comparable(expected, numbersVary))) continue;
    const indent = /^ */.exec(lines[line - 1]!)![0];
    const first = line - 1 + text.split('\n').length;
    lines.splice(first, expected.length, ...printed.map(shown => indent + shown));
  }
  return lines.join('\n');
}
