import { BUILT_IN_VIEWS } from '../../../query/named-views/built-in.js';
import { storedViewSql } from '../../../query/named-views/named-views.js';
import { openForReading } from '../../../store/database/store.js';
import { readObjects } from '../../../store/catalog/objects.js';
import { quoteName, quoteText } from '../../../store/sql/text.js';
import type { Shell } from './shell.js';

/** Lists the tables and views whose names match a pattern of psql: `*` is any text, `?` any character. */
export function listTables(shell: Shell, pattern: string | undefined, onlyViews: boolean): Promise<number> {
  const db = openForReading(shell.options.store);
  let stored: string[][];
  try {
    stored = readObjects(db)
      .filter(object => storedViewSql(object) !== undefined)
      .map(object => [object.name, object.kind, storedViewSql(object)!]);
  } finally {
    db.close();
  }
  const tables = onlyViews
    ? []
    : [
        ['events', 'table', 'all events'],
        ['streams', 'table', 'connections and requests that events came by'],
        ...shell.options.files.map(({ name, file }) => [name, 'file', file]),
      ];
  const views = BUILT_IN_VIEWS.map(({ name, summary }) => [name, 'view', summary]);
  const matches = matcherOf(pattern);
  const rows = [...tables, ...views, ...stored].filter(([name]) => matches(name!));
  return shell.statementOf(valuesSql(['name', 'kind', 'rows'], rows));
}

/** Lists the columns of a table or view. */
export function describeTable(shell: Shell, given: string): Promise<number> {
  const name = quoteName(given.replace(/^"(.*)"$/s, '$1'));
  return shell.statementOf(
    `select column_name as "column", column_type as "type" from (describe select * from ${name})`,
  );
}

/** Lists the functions of SQL whose names match a pattern. */
export function listFunctions(shell: Shell, pattern = '*'): Promise<number> {
  const like = pattern.replaceAll('\\', '').replaceAll('_', '\\_').replaceAll('*', '%').replaceAll('?', '_');
  return shell.statementOf(
    `select distinct function_name as name, array_to_string(parameters, ', ') as parameters, return_type as returns,
       function_type as kind
     from duckdb_functions() where function_name ilike ${quoteText(like)} escape '\\'
     and regexp_full_match(function_name, '[a-z][a-z0-9_]*') order by all`,
  );
}

function matcherOf(pattern = '*'): (name: string) => boolean {
  const escaped = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  const expression = new RegExp(`^(?:${escaped})$`, 'i');
  return name => expression.test(name);
}

/** Rows as a statement, so that formats and the pager are those of any other. */
function valuesSql(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const names = columns.map(quoteName).join(', ');
  if (rows.length === 0) return `select ${columns.map(name => `'' as ${quoteName(name)}`).join(', ')} limit 0`;
  const values = rows.map(row => `(${row.map(quoteText).join(', ')})`);
  return `select * from (values ${values.join(', ')}) as listed(${names})`;
}
