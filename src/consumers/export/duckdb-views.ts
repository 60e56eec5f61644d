import { messageOf } from '../../core/errors.js';
import { CATALOG_VIEW_NAMES, BUILT_IN_VIEWS } from '../../query/named-views/built-in.js';
import { storedViewSql } from '../../query/named-views/named-views.js';
import { OptionalColumns } from '../../query/named-views/optional-columns.js';
import type { Session } from '../../query/session.js';
import { PERCENTILE_MACROS } from '../../query/sql/percentiles.js';
import { openDuckDB } from '../../store/archive/open-duckdb.js';
import { quoteName } from '../../store/sql/text.js';

/**
 * Creates the named views of a store in a database with its events: the built-in ones, those that users stored, and the
 * percentile functions that these may call. Returns a sentence about each that cannot be there.
 */
export async function createViews(file: string, { attributes, objects }: Session): Promise<string[]> {
  const columns = new OptionalColumns(attributes);
  const views = [
    ...BUILT_IN_VIEWS.map(({ name, sql }) => ({ name, sql: sql(columns) })),
    ...objects.flatMap(object => (object.kind === 'view' ? [{ name: object.name, sql: storedViewSql(object)! }] : [])),
  ].filter(({ name }) => !CATALOG_VIEW_NAMES.has(name));
  const instance = await openDuckDB(file, {
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  const connection = await instance.connect();
  try {
    await connection.run(PERCENTILE_MACROS);
    let left = views;
    const errors = new Map<string, unknown>();
    // A view may read one that comes after it.
    for (let before = Infinity; left.length > 0 && left.length < before;) {
      before = left.length;
      const failed: typeof views = [];
      for (const view of left) {
        try {
          await connection.run(`create or replace view ${quoteName(view.name)} as ${view.sql}`);
        } catch (error) {
          failed.push(view);
          errors.set(view.name, error);
        }
      }
      left = failed;
    }
    await connection.run('checkpoint');
    return left.map(({ name }) => `the view ${name} is left out: ${messageOf(errors.get(name)).split('\n', 1)[0]}`);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
