import { BIGINT, DOUBLE, DuckDBScalarFunction, TIMESTAMPTZ, VARCHAR, type DuckDBType } from '@duckdb/node-api';
import { COMPUTED_COLUMNS, type ComputedColumn } from '../../core/attribute.js';
import { messageOf } from '../../core/errors.js';
import { TYPE_VIEWS, type TypeView } from '../sql/built-in-tables.js';

/** A statement that may read columns without naming them. `count(*)` reads none. */
const READS_UNNAMED = /(?<!\bcount\s*\(\s*)\*|\b(?:columns|summarize|table|pivot|unpivot|natural)\b|(?:^|\()\s*from\b/i;

/** A statement that lists tables. */
const LISTS_TABLES = /\b(?:show|information_schema|pg_catalog|pg_tables|pg_views|duckdb_(?:tables|views|columns))\b/i;

const NAMED = new Map(COMPUTED_COLUMNS.map(name => [name, new RegExp(`\\b${name}\\b`, 'i')]));

/** The columns and views that a statement may read, judged by its text. */
export interface Needs {
  readonly core: readonly ComputedColumn[];
  readonly typeViews: readonly TypeView[];
}

/** Returns the core columns and views of a type that a statement may read. */
export function needsOf(sql: string): Needs {
  const listsTables = LISTS_TABLES.test(sql);
  const typeViews = TYPE_VIEWS.filter(view => listsTables || new RegExp(`\\b${view}\\b`, 'i').test(sql));
  const isRead = (name: ComputedColumn): boolean =>
    NAMED.get(name)!.test(sql) || (name === 'type' && typeViews.length > 0);
  return { core: READS_UNNAMED.test(sql) ? COMPUTED_COLUMNS : COMPUTED_COLUMNS.filter(isRead), typeViews };
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
