import { codeOf } from '../../core/errors.js';
import type { Attribute } from '../../core/attribute.js';
import { CLASSIC_VIEWS } from '../../query/named-views/classic.js';
import { OptionalColumns } from '../../query/named-views/optional-columns.js';
import type { Sqlite } from '../../store/database/sqlite.js';
import { quoteName } from '../../store/sql/text.js';
import { isCore } from './rows.js';
import type { ExportColumn } from './request.js';

/** The views of signals, with the type of their events. */
const SIGNALS = { logs: 'log', spans: 'trace', metrics: 'metric' } as const;

/** The classic views that are written in SQL that SQLite has as well. Summaries use functions of DuckDB. */
const CLASSIC: ReadonlySet<string> = new Set(['telemetry_events', 'system_metrics', 'business_metrics', 'traces']);

/** DuckDB's types as those that SQLite's CAST keeps values in. */
const CASTS: Readonly<Record<string, string>> = {
  VARCHAR: 'TEXT',
  JSON: 'TEXT',
  TIMESTAMPTZ: 'TEXT',
  DOUBLE: 'REAL',
  INTEGER: 'INTEGER',
};

/**
 * Creates the views of signals and the classic ones over the table `events`. Returns sentences about what is missing.
 * @param columns of the table
 */
export function createSqliteViews(
  db: InstanceType<typeof Sqlite>,
  attributes: readonly Attribute[],
  columns: readonly ExportColumn[],
): string[] {
  const names = new Set(columns.filter(column => !isCore(column)).map(({ name }) => name));
  const optional = new OptionalColumns(attributes.filter(({ name }) => names.has(name)));
  const views = [
    ...Object.entries(SIGNALS).map(([name, type]) => ({ name, sql: `select * from events where "type" = '${type}'` })),
    ...CLASSIC_VIEWS.flatMap(({ name, sql }) => (CLASSIC.has(name) ? [{ name, sql: inSqlite(sql(optional)) }] : [])),
  ];
  const missing = views.filter(({ name, sql }) => {
    try {
      db.exec(`drop view if exists ${quoteName(name)}; create view ${quoteName(name)} as ${sql}`);
      // SQLite finds a wrong column only when the view is read.
      db.prepare(`select * from ${quoteName(name)} limit 0`).all();
      return false;
    } catch (error) {
      if (codeOf(error) !== 'SQLITE_ERROR') throw error;
      db.exec(`drop view if exists ${quoteName(name)}`);
      return true;
    }
  });
  return missing.map(({ name }) => `the view ${name} is left out: SQLite cannot read it`);
}

/** One cast with at most three levels of parentheses within. */
const CAST = /\b(?:try_)?cast\(((?:[^()]|\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))*?) as ([A-Z]+)\)/g;

/** The SQL of a classic view in SQLite's dialect. */
function inSqlite(sql: string): string {
  const cast = (text: string): string =>
    text.replace(CAST, (_, value: string, type: string) => {
      const inner = cast(value);
      return type === 'BOOLEAN'
        ? `case lower(${inner}) when 'true' then 1 when '1' then 1 when 'false' then 0 when '0' then 0 end`
        : `cast(${inner} as ${CASTS[type] ?? 'TEXT'})`;
    });
  return cast(sql).replaceAll(/json_extract\(payload, '\/([^']*)'\)/g, `json_extract(payload, '$."$1"')`);
}
