import { scanSql } from '../query/sql/scan-sql.js';
import type { Token } from '../query/sql/split-sql.js';
import { quoteName } from '../store/sql/text.js';
import { DOT_COMMANDS, META_COMMANDS } from './meta-command.js';
import { SETTING_NAMES, SHELL_VARIABLES, type SettingName } from './settings.js';

/** The names that a completion chooses from. */
export interface Names {
  tables(): Promise<readonly string[]>;
  /** The columns of tables; of `events` where none is named. */
  columns(tables: readonly string[]): Promise<readonly string[]>;
  functions(): Promise<readonly string[]>;
  keywords(): Promise<readonly string[]>;
  saved(): readonly string[];
  /** The most frequent values of a column that begin with a text, whatever the case. */
  values(tables: readonly string[], column: string, start: string): Promise<readonly string[]>;
  /** Paths of files that begin with a text. */
  files(start: string): readonly string[];
}

/** The candidates for the end of a line, and the part of the line that they replace. */
export interface Completion {
  readonly candidates: readonly string[];
  readonly replaces: string;
}

/** The most candidates that are shown: a screen of them. */
const MAX_CANDIDATES = 200;

/** Values of settings that are words. */
const SETTING_VALUES: Partial<Readonly<Record<SettingName, readonly string[]>>> = {
  format: ['auto', 'table', 'json', 'json-columns', 'ndjson', 'csv', 'tsv', 'markdown', 'line'],
  expanded: ['on', 'off'],
  pager: ['on', 'off'],
  by: ['time', 'received'],
};

/**
 * Completes the last word of a line.
 * @param before the lines of the statement before this one, each with its line break.
 * @param line the line up to the cursor.
 */
export async function complete(before: string, line: string, names: Names): Promise<Completion> {
  const start = /^\s*/.exec(line)![0];
  const text = line.slice(start.length);
  if (before.trim() === '' && /^\.\w*$/.test(text)) {
    return among(
      Object.keys(DOT_COMMANDS).map(name => `.${name}`),
      text,
    );
  }
  if (before.trim() === '' && /^@\w*$/.test(text))
    return among(
      names.saved().map(name => `@${name}`),
      text,
    );
  const { tokens } = scanSql(before + line);
  const backslash = tokens.find(token => token.text === '\\');
  if (backslash) return completeMeta((before + line).slice(backslash.index), names);
  return completeSql(before + line, names);
}

async function completeMeta(text: string, names: Names): Promise<Completion> {
  const words = text.split(/\s+/);
  const word = words.at(-1)!;
  if (words.length === 1)
    return among(
      Object.keys(META_COMMANDS).map(name => `\\${name}`),
      word,
    );
  const name = words[0]!.slice(1);
  switch (name) {
    case 'd':
    case 'd+':
    case 'dt':
    case 'dv':
      return among((await names.tables()).map(quoteIfNeeded), word);
    case 'df':
      return among(await names.functions(), word);
    case 'i':
    case 'ir':
    case 'o':
    case 'g':
    case 'w':
    case 'e':
    case 'cd':
      return among(names.files(word), word);
    case 'x':
    case 'timing':
      return among(['on', 'off'], word);
    case 'set':
    case 'unset':
      return words.length === 2 ? among(SHELL_VARIABLES, word) : among(['on', 'off'], word);
    case 'pset':
      if (words.length === 2) return among(SETTING_NAMES, word);
      return among(SETTING_VALUES[words[1] as SettingName] ?? [], word);
    case 'chart':
      return completeSql(text.slice('\\chart'.length), names);
    default:
      return { candidates: [], replaces: word };
  }
}

async function completeSql(sql: string, names: Names): Promise<Completion> {
  const { tokens, open, openAt } = scanSql(sql);
  const tables = tablesIn(tokens);
  if (open === 'string') {
    const replaces = sql.slice(openAt);
    const column = comparedColumn(tokens.filter(({ index }) => index < openAt));
    if (column === undefined || !replaces.startsWith("'")) return { candidates: [], replaces: '' };
    const values = await names.values(tables, column, replaces.slice(1).replaceAll("''", "'"));
    return { candidates: values.map(value => `'${value.replaceAll("'", "''")}'`).slice(0, MAX_CANDIDATES), replaces };
  }
  if (open === 'comment' || open === 'dollar') return { candidates: [], replaces: '' };
  const replaces = open === 'name' ? sql.slice(openAt) : /(?:[\w$\x80-\uffff]+\.?)*$/.exec(sql)![0];
  const earlier = tokens.filter(({ index }) => index < sql.length - replaces.length);
  if (wantsTable(earlier)) return among((await names.tables()).map(quoteIfNeeded), replaces);
  const columns = (await names.columns(tables)).map(quoteIfNeeded);
  // With nothing typed, a list of all words would not help.
  if (replaces === '' || open === 'name') return among(columns, replaces);
  const [functions, keywords] = await Promise.all([names.functions(), names.keywords()]);
  const isUpper = replaces === replaces.toUpperCase() && /[A-Z]/.test(replaces);
  const words = keywords.map(word => (isUpper ? word.toUpperCase() : word));
  const alias = /^(\w+)\./.exec(replaces)?.[1];
  const isPartOfName = columns.some(column => column.toLowerCase().startsWith(`"${alias?.toLowerCase() ?? ''}.`));
  const qualified = alias === undefined || isPartOfName ? [] : columns.map(column => `${alias}.${column}`);
  return among([...columns, ...qualified, ...words, ...functions.map(name => `${name}(`)], replaces);
}

/** The candidates that begin with the word, whatever the case, without quotes as well. */
function among(candidates: readonly string[], word: string): Completion {
  const wanted = word.toLowerCase();
  const begins = (candidate: string): boolean => {
    const lower = candidate.toLowerCase();
    return lower.startsWith(wanted) || (lower.startsWith('"') && lower.slice(1).startsWith(wanted));
  };
  return { candidates: [...new Set(candidates.filter(begins))].slice(0, MAX_CANDIDATES), replaces: word };
}

function quoteIfNeeded(name: string): string {
  return /^[a-z_]\w*$/i.test(name) ? name : quoteName(name);
}

const TABLE_WORDS = /^(?:from|join|describe|table|summarize)$/i;

/** A word after which no table follows a comma. */
const CLAUSE = /^(?:select|where|on|using|having|by|limit|offset|qualify|window|values|returning)$/i;

/** True where a table follows in a statement. */
function wantsTable(tokens: readonly Token[]): boolean {
  const last = tokens.at(-1)?.text ?? '';
  if (TABLE_WORDS.test(last)) return true;
  if (last !== ',') return false;
  const clause = tokens.findLast(({ text }) => TABLE_WORDS.test(text) || CLAUSE.test(text));
  return clause !== undefined && TABLE_WORDS.test(clause.text);
}

/** The names after FROM and JOIN. */
function tablesIn(tokens: readonly Token[]): string[] {
  const found = tokens.flatMap(({ text }, i) => {
    const next = tokens[i + 1]?.text ?? '';
    return TABLE_WORDS.test(text) && /^["\w\x80-\uffff]/.test(next) ? [unquote(next)] : [];
  });
  return [...new Set(found)];
}

/** The column that a string at the end is compared with; undefined for another string. */
function comparedColumn(tokens: readonly Token[]): string | undefined {
  let at = tokens.length - 1;
  const textAt = (index: number): string => tokens[index]?.text.toLowerCase() ?? '';
  if (textAt(at) === '(' || textAt(at) === ',') {
    while (at >= 0 && /^(?:[(,]|'.*'|\d+)$/.test(textAt(at))) at--;
    if (textAt(at) !== 'in') return undefined;
    at--;
    if (textAt(at) === 'not') at--;
  } else {
    const operator = at;
    while (/^(?:[=<>!]|like|ilike|not|is|distinct|from)$/.test(textAt(at))) at--;
    if (at === operator) return undefined;
  }
  const name = tokens[at]?.text ?? '';
  return /^(?:"[^]*"|[a-z_\x80-\uffff][\w$\x80-\uffff]*)$/i.test(name) ? unquote(name) : undefined;
}

function unquote(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}
