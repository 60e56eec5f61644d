import type { Attribute } from '../../core/attribute.js';
import type { TelemetryError } from '../../core/errors.js';
import type { StoredObject } from '../../store/catalog/objects.js';
import type { CubeDefinition } from '../cubes/definition.js';
import { tokensOf } from '../sql/split-sql.js';
import { CATALOG_VIEWS } from './catalog-views.js';
import { BUILT_IN_VIEWS } from './built-in.js';
import { OptionalColumns } from './optional-columns.js';

/** A statement that lists tables. */
const LISTS_TABLES = /\b(?:show|information_schema|pg_catalog|pg_tables|pg_views|duckdb_(?:tables|views|columns))\b/i;

/** A view with its SELECT statement. */
export interface NamedView {
  readonly name: string;
  readonly sql: string;
  /** Set for a cube; `sql` is then its query over events, and its rows are stored. */
  readonly cube?: CubeDefinition;
  /** True for a view that the statement only lists: its columns matter, not its rows. */
  readonly isListed?: true;
  /** The error of a statement that reads it. */
  readonly problem?: TelemetryError;
}

/** The parts of a store that definitions of views depend on. */
export interface ViewStore {
  /** The attributes that are columns of `events`. */
  readonly attributes: readonly Attribute[];
  readonly objects: readonly StoredObject[];
}

/** Returns the stored objects as a session should see them. */
export type ChangeObjects = (stored: readonly StoredObject[]) => readonly StoredObject[];

/**
 * Returns the views that a statement may read, judged by its words: built-in views and stored ones. A view comes after
 * those that its own definition reads.
 */
export function viewsNamedIn(sql: string, { attributes, objects }: ViewStore): NamedView[] {
  const columns = new OptionalColumns(attributes);
  const definitions = new Map<string, () => NamedView>();
  for (const { name, sql } of CATALOG_VIEWS) definitions.set(name, () => ({ name, sql }));
  for (const { name, sql } of BUILT_IN_VIEWS) definitions.set(name, () => ({ name, sql: sql(columns) }));
  for (const object of objects) {
    const view = storedView(object);
    if (view) definitions.set(object.name.toLowerCase(), () => view);
  }
  const found = new Map<string, NamedView>();
  const add = (words: Iterable<string>, outer: ReadonlySet<string>, isListed: boolean): void => {
    for (const word of words) {
      const view = definitions.get(word)?.();
      // Within its own definition, a view's name is that of a column.
      if (!view || found.has(word) || outer.has(word)) continue;
      add(namesIn(view.sql), new Set([...outer, word]), isListed);
      found.set(word, isListed ? { ...view, isListed } : view);
    }
  };
  add(namesIn(sql), new Set(), false);
  if (LISTS_TABLES.test(sql)) add(definitions.keys(), new Set(), true);
  return [...found.values()];
}

/** The SELECT statements of the stored views among some, by name. */
export function storedViewsAmong(
  views: readonly NamedView[],
  objects: readonly StoredObject[],
): Readonly<Record<string, string>> {
  const names = new Set(objects.flatMap(({ name, kind }) => (kind === 'view' ? [name.toLowerCase()] : [])));
  const found = views.filter(({ name }) => names.has(name.toLowerCase()));
  return Object.fromEntries(found.map(({ name, sql }) => [name, sql] as const).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The SELECT statement of a stored object that is a table; undefined for other objects. */
export function storedViewSql({ kind, definition }: StoredObject): string | undefined {
  return kind === 'view' || kind === 'cube' ? (definition as { sql: string }).sql : undefined;
}

function storedView(object: StoredObject): NamedView | undefined {
  const { name, kind, definition } = object;
  const sql = storedViewSql(object);
  if (sql === undefined) return undefined;
  return kind === 'cube' ? { name, sql, cube: definition as CubeDefinition } : { name, sql };
}

/** Words and quoted names of a statement, in lower case. */
export function namesIn(sql: string): Set<string> {
  return new Set(
    tokensOf(sql).map(({ text }) =>
      (text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text).toLowerCase(),
    ),
  );
}
