import type { ChalkInstance } from 'chalk';

/** An escape sequence of a colour or another style (ECMA-48, SGR). */
const STYLE = new RegExp(`(${String.fromCharCode(27)}\\[[0-9;]*m)`);

/** Highlights the matches of a pattern in a styled line. A match that two styles share stays as it is. */
export function highlight(line: string, pattern: RegExp, chalk: ChalkInstance): string {
  return line
    .split(STYLE)
    .map((part, i) =>
      i % 2 === 1 ? part : part.replace(pattern, match => (match === '' ? match : chalk.inverse(match))),
    )
    .join('');
}

/**
 * The JavaScript form of a regular expression of RE2, for highlighting; undefined for one that JavaScript reads in another
 * way or not at all.
 */
export function highlightPattern(pattern: string, ignoresCase: boolean): RegExp | undefined {
  try {
    return new RegExp(pattern, `gu${ignoresCase ? 'i' : ''}`);
  } catch {
    return undefined;
  }
}
