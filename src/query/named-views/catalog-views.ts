import type { CatalogTable } from '../../store/catalog/catalog-tables.js';

/** The type of a column of a table function. */
export type CellType = 'text' | 'json' | 'integer' | 'double' | 'time';

/** The columns of the tables of the catalog, in the order of store/catalog/catalog-tables.ts. */
const COLUMNS: Readonly<Record<CatalogTable, Readonly<Record<string, CellType>>>> = {
  alert_rules: {
    name: 'text',
    state: 'text',
    severity: 'text',
    description: 'text',
    definition: 'json',
    open_alerts: 'integer',
    muted_until: 'time',
    evaluated_at: 'time',
    finished_at: 'time',
    error: 'text',
    last_id: 'integer',
    created_at: 'time',
  },
  alerts: {
    id: 'integer',
    rule: 'text',
    kind: 'text',
    status: 'text',
    severity: 'text',
    group_values: 'json',
    value: 'double',
    row_values: 'json',
    labels: 'json',
    started_at: 'time',
    triggered_at: 'time',
    last_seen_at: 'time',
    acknowledged_at: 'time',
    acknowledged_by: 'text',
    acknowledged_until: 'time',
    resolved_at: 'time',
    resolved_by: 'text',
    assignee: 'text',
    note: 'text',
    held: 'text',
    notified_at: 'time',
  },
  alert_history: {
    id: 'integer',
    rule: 'text',
    alert_id: 'integer',
    changed_at: 'time',
    change: 'text',
    by: 'text',
    note: 'text',
  },
  alert_notifications: {
    id: 'integer',
    rule: 'text',
    alert_id: 'integer',
    channel: 'text',
    reason: 'text',
    status: 'text',
    outcome: 'text',
    attempts: 'integer',
    message: 'json',
    key: 'text',
    created_at: 'time',
    next_at: 'time',
    sent_at: 'time',
  },
  remotes: {
    name: 'text',
    state: 'text',
    url: 'text',
    cursor_id: 'integer',
    lag_events: 'integer',
    lag_seconds: 'double',
    events_per_second: 'double',
    sent_events: 'integer',
    sent_bytes: 'integer',
    rejected_events: 'integer',
    lost_events: 'integer',
    retries: 'integer',
    warning: 'text',
    error: 'text',
    error_at: 'time',
    next_try_at: 'time',
    sent_at: 'time',
    definition: 'json',
    created_at: 'time',
  },
  remote_rejects: { remote: 'text', event_id: 'integer', reason: 'text', rejected_at: 'time' },
  remote_losses: { remote: 'text', first_id: 'integer', last_id: 'integer', events: 'integer', removed_at: 'time' },
};

/** A view over a table function that gives the rows of a table of the catalog. */
export interface CatalogView {
  readonly name: CatalogTable;
  readonly functionName: string;
  readonly columns: readonly (readonly [name: string, type: CellType])[];
  readonly sql: string;
}

/** The views over the tables of the catalog. */
export const CATALOG_VIEWS: readonly CatalogView[] = (Object.keys(COLUMNS) as CatalogTable[]).map(name => {
  const functionName = `${name}_rows`;
  const columns = Object.entries(COLUMNS[name]);
  const list = columns.map(([column, type]) =>
    type === 'time' ? `make_timestamptz("${column}") as "${column}"` : `"${column}"`,
  );
  return { name, functionName, columns, sql: `select ${list.join(', ')} from ${functionName}()` };
});
