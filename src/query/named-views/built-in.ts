import { ALERT_VIEWS } from './alert-views.js';
import type { OptionalColumns } from './optional-columns.js';

/** A view that exists without being stored. */
export interface BuiltInView {
  /** In lower case. */
  readonly name: string;
  /** The SELECT statement of the view, over `events` and other named views. */
  readonly sql: (columns: OptionalColumns) => string;
}

const ofType = (name: string, type: string): BuiltInView => ({
  name,
  sql: () => `select * from events where "type" = '${type}'`,
});

/** The built-in views, in the order in which lists show them. */
export const BUILT_IN_VIEWS: readonly BuiltInView[] = [
  ofType('logs', 'log'),
  ofType('spans', 'trace'),
  ofType('metrics', 'metric'),
  ...ALERT_VIEWS.map(({ name, sql }) => ({ name, sql: () => sql })),
];

/** Names that neither stored objects nor `--with` files can have, in lower case. */
export const RESERVED_NAMES: ReadonlySet<string> = new Set([
  'events',
  'streams',
  ...BUILT_IN_VIEWS.map(({ name }) => name),
]);
