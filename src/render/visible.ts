import type { ColumnKind } from '../core/result.js';

/**
 * Characters unsafe for a terminal or a page: C0, DEL and C1 controls (escape sequences, line ends), bidirectional
 * controls, which reorder adjacent text, line and paragraph separators, lone surrogates.
 */
const UNSAFE = /[\p{Cc}\p{Cs}\u2028-\u202e\u2066-\u2069]/u;
const EVERY_UNSAFE = new RegExp(UNSAFE, 'gu');

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/**
 * The text with every control character shown as `\n`, `\x1b` or `\u202e`. Backslashes stay: the output is for people.
 */
export function visible(text: string): string {
  return UNSAFE.test(text) ? text.replace(EVERY_UNSAFE, shown) : text;
}

/** The replacement for a tab in JSON: a terminal's tab has no fixed width. */
const JSON_TAB = '  ';

/**
 * The lines of a cell in formats for people, at least one: line breaks stay, other controls become visible.
 * JSON strings contain no raw controls, so in JSON a lone CR is a line break too, and a tab is white space.
 */
export function visibleLines(kind: ColumnKind, cell: string): string[] {
  if (!UNSAFE.test(cell)) return [cell];
  if (kind !== 'json') return cell.split(/\r?\n/).map(visible);
  return cell.split(/\r\n?|\n/).map(line => visible(line.replaceAll('\t', JSON_TAB)));
}

function shown(character: string): string {
  return SHORT[character] ?? asNumber(character);
}

/** A character by its number: `\x1b`, `\u202e`, `\u{1f3fb}`. */
export function asNumber(character: string): string {
  const hex = character.codePointAt(0)!.toString(16);
  if (hex.length <= 2) return `\\x${hex.padStart(2, '0')}`;
  return hex.length <= 4 ? `\\u${hex.padStart(4, '0')}` : `\\u{${hex}}`;
}
