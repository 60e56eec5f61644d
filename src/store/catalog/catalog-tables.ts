import type { Database } from 'better-sqlite3';
import { REMOTES_SQL } from './remotes-sql.js';
import { fieldsWithoutSecrets, withoutSecrets } from './alert-channels.js';

/** The tables of the catalog that queries see. */
export type CatalogTable =
  'alert_rules' | 'alerts' | 'alert_history' | 'alert_notifications' | 'remotes' | 'remote_rejects' | 'remote_losses';

/** A cell as SQLite keeps it. */
type Cell = string | number | null;

/** The SQLite query of each table. Times are microseconds since 1970. */
const QUERIES: Readonly<Record<CatalogTable, string>> = {
  alert_rules: `select name,
      case
        when error is not null or open_errors > 0 then 'error'
        when firing > 0 then 'firing'
        when acknowledged > 0 then 'acknowledged'
        when open_gaps > 0 then 'no data'
        when open_alerts > 0 then 'pending'
        else 'inactive'
      end as state,
      coalesce(definition ->> '$.fields.severity', 'warning') as severity,
      definition ->> '$.fields.description' as description,
      definition, open_alerts, muted_until, evaluated_at, finished_at, error, cursor, created_at
    from (
      select o.name, o.definition, o.created_at, p.muted_until, p.evaluated_at, p.finished_at, p.error, p.cursor,
        count(a.id) as open_alerts,
        count(*) filter (where a.kind = 'error' and a.status in ('firing', 'acknowledged')) as open_errors,
        count(*) filter (where a.kind = 'no data' and a.status in ('firing', 'acknowledged')) as open_gaps,
        count(*) filter (where a.kind = 'violation' and a.status = 'firing') as firing,
        count(*) filter (where a.kind = 'violation' and a.status = 'acknowledged') as acknowledged
      from objects o
        left join alert_progress p on p.rule = o.name
        left join alerts a on a.rule = o.name and a.status <> 'resolved'
      where o.kind = 'alert' group by o.name
    ) order by name`,
  alerts: `select id, rule, kind, iif(kind <> 'violation' and status = 'firing', kind, status) as status, severity,
      group_values, value, row_values, labels, started_at, fired_at, last_seen_at, acknowledged_at, acknowledged_by,
      acknowledged_until, resolved_at, resolved_by, assignee, note, held, notified_at
    from alerts order by id`,
  alert_history: 'select id, rule, alert_id, at, change, by, note from alert_history order by id',
  alert_notifications: `select id, rule, alert_id, channel, reason, status, outcome, attempts, message, key, created_at,
      iif(status = 'waiting', next_at, null), sent_at
    from alert_notifications order by id`,
  remotes: REMOTES_SQL,
  remote_rejects: `select remote, event_id, reason, rejected_at from remote_rejects order by remote, event_id`,
  remote_losses: `select remote, first_id, last_id, events, removed_at from remote_losses order by id`,
};

/** Changes of a row that hide secrets: the index of the cell. */
const HIDDEN: Partial<Readonly<Record<CatalogTable, readonly [index: number, hide: (cell: string) => string]>>> = {
  alert_rules: [
    4,
    definition =>
      JSON.stringify(fieldsWithoutSecrets((JSON.parse(definition) as { fields: Record<string, unknown> }).fields)),
  ],
  alert_notifications: [3, withoutSecrets],
};

/** All rows of a table, without secrets. They are few: old ones are removed. */
export function readCatalogTable(db: Database, table: CatalogTable): Cell[][] {
  const rows = db.prepare<[], Cell[]>(QUERIES[table]).raw().all();
  const [index, hide] = HIDDEN[table] ?? [];
  if (index === undefined || hide === undefined) return rows;
  return rows.map(row => row.map((cell, i) => (i === index && typeof cell === 'string' ? hide(cell) : cell)));
}
