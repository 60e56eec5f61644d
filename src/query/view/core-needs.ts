import { BIGINT, DOUBLE, DuckDBScalarFunction, TIMESTAMPTZ, VARCHAR, type DuckDBType } from '@duckdb/node-api';
import { COMPUTED_COLUMNS, type ComputedColumn } from '../../core/attribute.js';
import { messageOf } from '../../core/errors.js';
import { viewsNamedIn, type NamedView, type ViewStore } from '../named-views/named-views.js';

/** A statement that may read columns without naming them. `count(*)` reads none. */
const READS_UNNAMED = /(?<!\bcount\s*\(\s*)\*|\b(?:columns|summarize|table|pivot|unpivot|natural)\b|(?:^|\()\s*from\b/i;

const NAMED = new Map(COMPUTED_COLUMNS.map(name => [name, new RegExp(`\\b${name}\\b`, 'i')]));

/** The columns and views that a statement may read, judged by its text. */
export interface Needs {
  readonly core: readonly ComputedColumn[];
  /** Each after those that its definition reads. */
  readonly views: readonly NamedView[];
}

/** Returns the core columns and named views that a statement may read. */
export function needsOf(sql: string, store: ViewStore): Needs {
  const views = viewsNamedIn(sql, store);
  if (READS_UNNAMED.test(sql)) return { core: COMPUTED_COLUMNS, views };
  const texts = [sql, ...views.map(view => view.sql)];
  return { core: COMPUTED_COLUMNS.filter(name => texts.some(text => NAMED.get(name)!.test(text))), views };
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
