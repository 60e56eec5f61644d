/** A piece of SQL that is neither white space nor a comment. */
export interface Token {
  readonly text: string;
  readonly index: number;
}

/** A text that SQL has begun and not ended. */
export type OpenText = 'string' | 'name' | 'dollar' | 'comment';

/** The tokens of a text, and what is open at its end. */
export interface Scan {
  readonly tokens: readonly Token[];
  /** The index at which the open text begins; the length of the SQL where none is open. */
  readonly openAt: number;
  readonly open: OpenText | undefined;
}

/**
 * The lexical rules of DuckDB 1.5, which are those of PostgreSQL 16 (manual, section 4.1): `''` in a string, backslashes
 * in `E''` alone, dollar quotes, `$` within a word, and a comment that a carriage return ends as well.
 * Groups: the opening of a block comment, that of a dollar quote.
 */
const TOKEN =
  /[eE]'(?:[^'\\]|\\[^]|'')*'?|'(?:[^']|'')*'?|"(?:[^"]|"")*"?|(\/\*)|(\$(?:[A-Za-z_\x80-\uffff][\w\x80-\uffff]*)?\$)|--[^\n\r]*|[A-Za-z_\x80-\uffff][\w$\x80-\uffff]*|\d[\w\x80-\uffff]*|\s+|[^]/g;

const NO_CODE = /^(?:\s|--|\/\*)/;

const CLOSED_STRING = /^(?:[eE]'(?:[^'\\]|\\[^]|'')*'|'(?:[^']|'')*')$/;
const CLOSED_NAME = /^"(?:[^"]|"")*"$/;

/** Scans SQL into tokens. @param from the index to begin at, outside of any string or comment. */
export function scanSql(sql: string, from = 0): Scan {
  const pattern = new RegExp(TOKEN);
  const tokens: Token[] = [];
  let open: OpenText | undefined;
  let openAt = sql.length;
  pattern.lastIndex = from;
  for (let match = pattern.exec(sql); match; match = pattern.exec(sql)) {
    const { index } = match;
    let text = match[0];
    if (match[1] !== undefined || match[2] !== undefined) {
      const end = match[1] === undefined ? endOfDollarQuote(sql, index, match[2]!) : endOfComment(sql, index);
      text = sql.slice(index, end);
      if (end === undefined) open = match[1] === undefined ? 'dollar' : 'comment';
      pattern.lastIndex = end ?? sql.length;
    } else if (pattern.lastIndex === sql.length) open = openText(text);
    if (open !== undefined) openAt = index;
    if (!NO_CODE.test(text)) tokens.push({ text, index });
    if (pattern.lastIndex >= sql.length) break;
  }
  return { tokens, open, openAt };
}

function openText(text: string): OpenText | undefined {
  if (/^[eE]?'/.test(text)) return CLOSED_STRING.test(text) ? undefined : 'string';
  if (text.startsWith('"')) return CLOSED_NAME.test(text) ? undefined : 'name';
  return undefined;
}

/** The index after a dollar-quoted string; undefined for one that does not end. */
function endOfDollarQuote(sql: string, index: number, tag: string): number | undefined {
  const end = sql.indexOf(tag, index + tag.length);
  return end < 0 ? undefined : end + tag.length;
}

/** The index after a block comment; undefined for one that does not end. Comments nest. */
function endOfComment(sql: string, index: number): number | undefined {
  const mark = /\/\*|\*\//g;
  mark.lastIndex = index;
  let depth = 0;
  for (let match = mark.exec(sql); match; match = mark.exec(sql)) {
    depth += match[0] === '/*' ? 1 : -1;
    if (depth === 0) return mark.lastIndex;
  }
  return undefined;
}
