import type { AlertTable } from '../../store/catalog/alert-tables.js';

/** The type of a column of a table function. */
export type CellType = 'text' | 'json' | 'integer' | 'double' | 'time';

/** The columns of the tables about alerts, in the order of store/catalog/alert-tables.ts. */
const COLUMNS: Readonly<Record<AlertTable, Readonly<Record<string, CellType>>>> = {
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
};

/** A view over a table function that gives the rows of a table about alerts. */
export interface AlertView {
  readonly name: AlertTable;
  readonly functionName: string;
  readonly columns: readonly (readonly [name: string, type: CellType])[];
  readonly sql: string;
}

/** The views `alert_rules`, `alerts`, `alert_history` and `alert_notifications`. */
export const ALERT_VIEWS: readonly AlertView[] = (Object.keys(COLUMNS) as AlertTable[]).map(name => {
  const functionName = `${name}_rows`;
  const columns = Object.entries(COLUMNS[name]);
  const list = columns.map(([column, type]) =>
    type === 'time' ? `make_timestamptz("${column}") as "${column}"` : `"${column}"`,
  );
  return { name, functionName, columns, sql: `select ${list.join(', ')} from ${functionName}()` };
});
