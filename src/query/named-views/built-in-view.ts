import type { VIEW_NAMES } from '../../core/view-names.js';
import type { OptionalColumns } from './optional-columns.js';

/** A view that exists without being stored. */
export interface BuiltInView {
  readonly name: (typeof VIEW_NAMES)[number];
  /** The rows of the view, for lists. */
  readonly summary: string;
  /** The SELECT statement of the view, over `events` and other named views. */
  readonly sql: (columns: OptionalColumns) => string;
}

/** A column of a view, and SQL for its value. */
export type ColumnSql = readonly [name: string, sql: string];

/** Returns the SELECT list of columns. */
export function selectList(columns: readonly ColumnSql[]): string {
  return columns.map(([name, sql]) => `${sql} as ${name}`).join(', ');
}
