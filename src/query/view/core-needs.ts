import { BIGINT, DOUBLE, DuckDBScalarFunction, TIMESTAMPTZ, VARCHAR, type DuckDBType } from '@duckdb/node-api';
import { COMPUTED_COLUMNS, type ComputedColumn } from '../../core/attribute.js';
import { messageOf } from '../../core/errors.js';
import { tokensOf } from '../sql/split-sql.js';
import { namesIn, viewsNamedIn, type NamedView, type ViewStore } from '../named-views/named-views.js';

/** A statement, without comments, that may read columns without naming them. `count(*)` reads none. */
const READS_UNNAMED = /(?<!\bcount\s*\(\s*)\*|\b(?:columns|summarize|table|pivot|unpivot|natural)\b|(?:^|\()\s*from\b/i;

/** A statement that reads all columns of events. */
const READS_WHOLE_EVENTS = /^\s*(?:select\s+\*\s+)?from\s+events\b/i;

/** A statement that names this many core columns reads many of the others too, as an export does. */
const MANY_COLUMNS = 6;

const NAMES_PAYLOAD = /\bpayload\b/i;

const NAMED = new Map(COMPUTED_COLUMNS.map(name => [name, new RegExp(`\\b${name}\\b`, 'i')]));

/** The columns and views that a statement may read, judged by its text. */
export interface Needs {
  readonly core: readonly ComputedColumn[];
  /** True for a statement that may read `payload`. */
  readonly payload: boolean;
  /** The text of a statement that names all columns that it reads; undefined for another. */
  readonly named: string | undefined;
  /** True for a statement that may read many columns of `events`. */
  readonly readsManyColumns: boolean;
  /** Each after those that its definition reads. */
  readonly views: readonly NamedView[];
  /** True for a statement that reads cubes and, in its own text, no other table of the store. */
  readonly readsCubesOnly: boolean;
}

/** The needs of a statement that reads all columns of `events`. */
export const ALL_COLUMNS: Needs = {
  core: COMPUTED_COLUMNS,
  payload: true,
  named: undefined,
  readsManyColumns: true,
  views: [],
  readsCubesOnly: false,
};

/** A statement that may read the views over events. */
const READS_EVENTS = /\b(?:events|show|information_schema|pg_catalog|duckdb_\w+)\b/i;

/** Returns the core columns and named views that a statement may read. */
export function needsOf(sql: string, store: ViewStore): Needs {
  const views = viewsNamedIn(sql, store);
  const readsCubesOnly = views.length > 0 && !READS_EVENTS.test(sql) && readsNoView(sql, views);
  const texts = [sql, ...views.map(view => view.sql)];
  const core = COMPUTED_COLUMNS.filter(name => texts.some(text => NAMED.get(name)!.test(text)));
  const readsManyColumns = READS_WHOLE_EVENTS.test(sql) || core.length >= MANY_COLUMNS;
  const words = tokensOf(sql).map(({ text }) => text.toLowerCase());
  const readsUnnamed = READS_UNNAMED.test(words.join(' ')) && !readsCubesOnly;
  const payload = readsUnnamed || texts.some(text => NAMES_PAYLOAD.test(text));
  const named = !readsUnnamed && views.length === 0 && namesAllColumns(words) ? sql : undefined;
  return { core: readsUnnamed ? COMPUTED_COLUMNS : core, payload, named, readsManyColumns, views, readsCubesOnly };
}

/** The words and marks that may follow `from events` where neither an alias nor another table does. */
const AFTER_EVENTS = new Set(['where', 'group', 'having', 'qualify', 'order', 'limit', 'offset', ';']);

/**
 * True for a SELECT without FROM, or with one, of `events` without an alias, and no column by its position (`#1`). In any
 * other, the name of a table can stand for whole rows, as in `select e from events e`, or a table can tell of columns, as
 * `pg_attribute` does.
 * @param words the tokens of the statement, in lower case.
 */
function namesAllColumns(words: readonly string[]): boolean {
  const at = words.indexOf('from');
  if (words[0] !== 'select' || words.includes('#')) return false;
  if (at < 0) return true;
  if (words[at + 1] !== 'events') return false;
  if (words.lastIndexOf('from') > at || words.filter(word => /^"?events"?$/.test(word)).length > 1) return false;
  const next = words[at + 2];
  return next === undefined || AFTER_EVENTS.has(next);
}

/** True when a statement names no view, apart from cubes. */
function readsNoView(sql: string, views: readonly NamedView[]): boolean {
  const words = namesIn(sql);
  return views.every(({ name, cube }) => cube !== undefined || !words.has(name.toLowerCase()));
}

const READ_ERROR = 'a core column is read that the text of the statement does not name';

/** True for the error of a statement that read a placeholder: it succeeds once the view has all core columns. */
export function isPlaceholderRead(error: unknown): boolean {
  return messageOf(error).includes(READ_ERROR);
}

const TYPES: readonly (readonly [suffix: string, type: DuckDBType])[] = [
  ['time', TIMESTAMPTZ],
  ['text', VARCHAR],
  ['number', DOUBLE],
];

/** The SQL functions of sql/placeholder.ts. Their argument keeps DuckDB from computing them before a row is read. */
export function placeholderFunctions(): DuckDBScalarFunction[] {
  return TYPES.map(([suffix, returnType]) =>
    DuckDBScalarFunction.create({
      name: `placeholder_${suffix}`,
      returnType,
      parameterTypes: [BIGINT],
      mainFunction: info => info.setError(READ_ERROR),
    }),
  );
}
