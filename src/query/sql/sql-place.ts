import { tokensOf, type Token } from './split-sql.js';

/** The token that an error of DuckDB points at. */
export interface SqlPlace {
  readonly sql: string;
  readonly tokens: readonly Token[];
  /** The index of the token under the caret; -1 where it is not known. */
  readonly at: number;
}

const LINE_AND_CARET = /^LINE (\d+): (.*)\n( *)\^/m;

/** Finds the token under the caret of a message. DuckDB cuts long lines at either end with `...`. */
export function placeOf(message: string, sql: string): SqlPlace {
  const tokens = tokensOf(sql);
  const [, line, shown = '', indent = ''] = LINE_AND_CARET.exec(message) ?? [];
  if (line === undefined) return { sql, tokens, at: -1 };
  const lines = sql.split('\n');
  const start = lines.slice(0, Number(line) - 1).reduce((sum, text) => sum + text.length + 1, 0);
  const head = shown.startsWith('...') ? 3 : 0;
  const text = shown.slice(head).replace(/\.\.\.$/, '');
  const inLine = Math.max(0, (lines[Number(line) - 1] ?? '').indexOf(text));
  const offset = start + inLine + indent.length - `LINE ${line}: `.length - head;
  return { sql, tokens, at: tokens.findLastIndex(({ index }) => index <= offset) };
}

/** The first token from `at` on, else anywhere, whose text is the name, quoted or not. */
export function findName({ tokens, at }: SqlPlace, name: string): number {
  const isName = ({ text }: Token): boolean => unquoted(text).toLowerCase() === name.toLowerCase();
  const found = tokens.findIndex((token, i) => i >= at && isName(token));
  return found >= 0 ? found : tokens.findIndex(isName);
}

/** A name without its double quotes, or a text without its single quotes. */
export function unquoted(text: string): string {
  const quote = text[0];
  if (quote !== '"' && quote !== "'") return text;
  return text.slice(1, text.length > 1 && text.endsWith(quote) ? -1 : undefined).replaceAll(quote + quote, quote);
}

/** True for a token that is a name: a word or a quoted name. */
export function isName(token: Token | undefined): token is Token {
  return token !== undefined && /^(?:"|[a-z_\x80-\uffff])/i.test(token.text) && !KEYWORDS.test(token.text);
}

const KEYWORDS =
  /^(?:and|or|not|in|like|ilike|between|is|null|case|when|then|else|end|where|on|having|select|from|by)$/i;

const OPERATORS: ReadonlySet<string> = new Set(['=', '<', '>', '!', '~']);

/** True for a token that is compared with something: it follows a comparison operator, or is in the list of an IN. */
export function isCompared({ tokens }: SqlPlace, at: number): boolean {
  const before = tokens[at - 1]?.text.toLowerCase() ?? '';
  if (OPERATORS.has(before) || /^(?:like|ilike)$/.test(before)) return true;
  let i = at - 1;
  while (i > 0 && /^(?:,|'|"|[\w\x80-\uffff])/.test(tokens[i]!.text) && tokens[i]!.text.toLowerCase() !== 'in') i--;
  return tokens[i]?.text === '(' && tokens[i - 1]?.text.toLowerCase() === 'in';
}

/** The name that the token at `at` is compared with, as written; undefined for a more complex expression. */
export function comparedWith(place: SqlPlace, at: number): string | undefined {
  const { tokens } = place;
  let i = at - 1;
  while (i >= 0 && !isEnd(tokens[i]!) && !isName(tokens[i])) i--;
  const left = tokens[i];
  if (isName(left)) return nameEndingAt(place, i);
  let j = at + 1;
  while (OPERATORS.has(tokens[j]?.text ?? '')) j++;
  return j > at + 1 && isName(tokens[j]) ? nameStartingAt(place, j) : undefined;
}

function isEnd({ text }: Token): boolean {
  return /^(?:and|or|where|on|having|when|select|not|;)$/i.test(text);
}

/** The dotted name whose last part is at `at`, as written. */
function nameEndingAt({ sql, tokens }: SqlPlace, at: number): string {
  let first = at;
  while (tokens[first - 1]?.text === '.' && isName(tokens[first - 2])) first -= 2;
  return sql.slice(tokens[first]!.index, tokens[at]!.index + tokens[at]!.text.length);
}

/** The dotted name whose first part is at `at`, as written. */
export function nameStartingAt({ sql, tokens }: SqlPlace, at: number): string {
  let last = at;
  while (tokens[last + 1]?.text === '.' && /^["\w]/.test(tokens[last + 2]?.text ?? '')) last += 2;
  return sql.slice(tokens[at]!.index, tokens[last]!.index + tokens[last]!.text.length);
}
