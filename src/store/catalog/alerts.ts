import type { Database } from 'better-sqlite3';
import type { Micros } from '../../core/duration.js';

/** The cause of an alert: rows that violate its rule, a value that is missing, or an evaluation that failed. */
export type AlertKind = 'violation' | 'no data' | 'error';

/** The status of an alert. A group of a rule without an alert is inactive. */
export type AlertStatus = 'pending' | 'firing' | 'acknowledged' | 'resolved';

/** One alert: an episode of one group of a rule, from its first violation until it resolves. */
export interface AlertRecord {
  readonly id: number;
  readonly kind: AlertKind;
  /** JSON object of the columns that tell the groups of a rule apart. */
  readonly group: string;
  readonly status: AlertStatus;
  readonly value: number | null;
  /** JSON object of the row that violated the rule last. */
  readonly row: string;
  /** JSON object. */
  readonly labels: string;
  readonly startedAt: Micros;
  readonly lastSeenAt: Micros;
  readonly firedAt: Micros | null;
  /** Start of the time without an acknowledgement, which escalations count from. */
  readonly unacknowledgedFrom: Micros | null;
  readonly acknowledgedAt: Micros | null;
  readonly acknowledgedBy: string | null;
  readonly acknowledgedUntil: Micros | null;
  readonly resolvedAt: Micros | null;
  readonly resolvedBy: string | null;
  readonly assignee: string | null;
  readonly note: string | null;
  /** True once a notification that it fires was recorded. */
  readonly isNotified: boolean;
  /** The reason why that notification, or the one of its end, is held back: `muted` or `cooldown`. */
  readonly held: string | null;
  /** The last notification that an alert of this group fires, which a cooldown counts from. */
  readonly notifiedAt: Micros | null;
  /** Escalations that were recorded. */
  readonly escalated: number;
}

/** The state of a rule without its alerts. */
export interface RuleProgress {
  /** The id up to which the last successful evaluation saw events: `$since`. */
  readonly cursor: number;
  /** The scheduled instant of the last evaluation; null before the first. */
  readonly evaluatedAt: Micros | null;
  /** The time at which it ended. */
  readonly finishedAt: Micros | null;
  readonly error: string | null;
  /** JSON of the last evaluation's measure, for `alert explain`. */
  readonly measure: string | null;
  readonly mutedUntil: Micros | null;
}

/** An entry of the history of an alert, or of its rule. */
export interface HistoryEntry {
  readonly alert: number | null;
  readonly at: Micros;
  readonly change: string;
  readonly by: string | null;
  readonly note: string | null;
}

/** The parts of a rule's state that change together. */
export interface AlertChanges {
  /** New alerts and changed ones. */
  readonly alerts: readonly AlertRecord[];
  /** Ids of alerts that never fired and have ended. */
  readonly removed: readonly number[];
  readonly history: readonly HistoryEntry[];
}

/** The progress of a rule that was not evaluated yet. */
export const NO_PROGRESS: RuleProgress = {
  cursor: 0,
  evaluatedAt: null,
  finishedAt: null,
  error: null,
  measure: null,
  mutedUntil: null,
};

/** Resolved alerts, history and delivered notifications are kept for this long, in microseconds: 180 days. */
const KEPT_MICROS = 180 * 86_400 * 1_000_000;

/** True for an alert that has not resolved. */
export function isOpen({ status }: AlertRecord): boolean {
  return status !== 'resolved';
}

const RECORD = `id, kind, group_values as "group", status, value, row_values as "row", labels,
  started_at as startedAt, last_seen_at as lastSeenAt, fired_at as firedAt, unacknowledged_from as unacknowledgedFrom,
  acknowledged_at as acknowledgedAt, acknowledged_by as acknowledgedBy, acknowledged_until as acknowledgedUntil,
  resolved_at as resolvedAt, resolved_by as resolvedBy, assignee, note, is_notified as isNotified, held,
  notified_at as notifiedAt, escalated`;

type RecordRow = Omit<AlertRecord, 'isNotified'> & { readonly isNotified: number };

/**
 * The alerts that the next step of a rule depends on, ordered by id: open ones, resolved ones whose notification is held
 * back, and the last resolved one of each group that was notified at `notifiedSince` or later.
 */
export function readCurrentAlerts(db: Database, rule: string, notifiedSince: Micros): AlertRecord[] {
  const rows = db
    .prepare<[string, Micros], RecordRow>(
      `select ${RECORD} from alerts where rule = ?
        and (status <> 'resolved' or held is not null or notified_at >= ?) order by id`,
    )
    .all(rule, notifiedSince);
  return currentAlerts(rows.map(recordOf));
}

/** Of alerts ordered by id: the last of each group, and resolved ones whose notification is held back. */
export function currentAlerts(alerts: readonly AlertRecord[]): AlertRecord[] {
  const latest = new Map(alerts.map(({ id, kind, group }) => [`${kind} ${group}`, id]));
  return alerts.filter(
    alert => latest.get(`${alert.kind} ${alert.group}`) === alert.id || (!isOpen(alert) && alert.held !== null),
  );
}

/** All alerts of a rule, the newest first. */
export function readAlertsOf(db: Database, rule: string, limit: number): AlertRecord[] {
  return db
    .prepare<[string, number], RecordRow>(`select ${RECORD} from alerts where rule = ? order by id desc limit ?`)
    .all(rule, limit)
    .map(recordOf);
}

/** The rule and the record of an alert; undefined when it does not exist. */
export function readAlert(db: Database, id: number): { rule: string; alert: AlertRecord } | undefined {
  const row = db
    .prepare<[number], RecordRow & { rule: string }>(`select rule, ${RECORD} from alerts where id = ?`)
    .get(id);
  if (!row) return undefined;
  const { rule, ...record } = row;
  return { rule, alert: recordOf(record) };
}

function recordOf(row: RecordRow): AlertRecord {
  return { ...row, isNotified: row.isNotified === 1 };
}

/** The history of a rule, or of one of its alerts, oldest first. */
export function readHistory(db: Database, rule: string, alert: number | undefined, limit: number): HistoryEntry[] {
  return db
    .prepare<unknown[], HistoryEntry>(
      `select alert_id as alert, at, change, by, note from
        (select * from alert_history where rule = ? and (? is null or alert_id = ?) order by id desc limit ?) order by id`,
    )
    .all(rule, alert ?? null, alert ?? null, limit);
}

/** The states of open alerts, as tables and metrics name them. */
export type OpenState = Exclude<AlertStatus, 'resolved'> | Exclude<AlertKind, 'violation'>;

/** The number of open alerts, by state. */
export type OpenAlertCounts = Readonly<Record<OpenState, number>>;

/** Counts the open alerts of all rules. */
export function countOpenAlerts(db: Database): OpenAlertCounts {
  const rows = db
    .prepare<[], { state: OpenState; count: number }>(
      `select iif(kind <> 'violation' and status = 'firing', kind, status) as state, count(*) as count
       from alerts where status <> 'resolved' group by 1`,
    )
    .all();
  const counts = Object.fromEntries(rows.map(({ state, count }) => [state, count]));
  return { pending: 0, firing: 0, acknowledged: 0, 'no data': 0, error: 0, ...counts };
}

/** The progress of a rule. */
export function readProgress(db: Database, rule: string): RuleProgress {
  return (
    db
      .prepare<[string], RuleProgress>(
        `select cursor, evaluated_at as evaluatedAt, finished_at as finishedAt, error, measure, muted_until as mutedUntil
         from alert_progress where rule = ?`,
      )
      .get(rule) ?? NO_PROGRESS
  );
}

/** Writes the progress of a rule. Call it in a transaction. */
export function writeProgress(db: Database, rule: string, progress: RuleProgress): void {
  db.prepare(
    `insert into alert_progress(rule, cursor, evaluated_at, finished_at, error, measure, muted_until)
     values (@rule, @cursor, @evaluatedAt, @finishedAt, @error, @measure, @mutedUntil)
     on conflict(rule) do update set cursor = @cursor, evaluated_at = @evaluatedAt, finished_at = @finishedAt,
       error = @error, measure = @measure, muted_until = @mutedUntil`,
  ).run({ ...progress, rule });
}

/** The id of the next new alert. Call it in the transaction that stores the alert. */
export function nextAlertId(db: Database): number {
  return db
    .prepare<[], number>(`select coalesce(max(seq), 0) + 1 from sqlite_sequence where name = 'alerts'`)
    .pluck()
    .get()!;
}

/** Stores changes of the alerts of a rule. Call it in a transaction. */
export function writeAlerts(
  db: Database,
  { name, severity }: { readonly name: string; readonly severity: string },
  { alerts, removed, history }: AlertChanges,
): void {
  const upsert = db.prepare(
    `insert or replace into alerts(id, rule, severity, kind, group_values, status, value, row_values, labels, started_at,
       last_seen_at, fired_at, unacknowledged_from, acknowledged_at, acknowledged_by, acknowledged_until, resolved_at,
       resolved_by, assignee, note, is_notified, held, notified_at, escalated)
     values (@id, @rule, @severity, @kind, @group, @status, @value, @row, @labels, @startedAt, @lastSeenAt, @firedAt,
       @unacknowledgedFrom, @acknowledgedAt, @acknowledgedBy, @acknowledgedUntil, @resolvedAt, @resolvedBy, @assignee,
       @note, @isNotified, @held, @notifiedAt, @escalated)`,
  );
  for (const alert of alerts) upsert.run({ ...alert, isNotified: alert.isNotified ? 1 : 0, rule: name, severity });
  for (const id of removed) db.prepare('delete from alerts where id = ?').run(id);
  const note = db.prepare('insert into alert_history(rule, alert_id, at, change, by, note) values (?, ?, ?, ?, ?, ?)');
  for (const { alert, at, change, by, note: text } of history) note.run(name, alert, at, change, by, text);
}

/** Removes the state, alerts, history and notifications of a rule. Call it in a transaction. */
export function removeAlertsOf(db: Database, rule: string): void {
  for (const table of ['alert_progress', 'alerts', 'alert_history', 'alert_notifications']) {
    db.prepare(`delete from ${table} where rule = ?`).run(rule);
  }
}

/** Removes what is older than {@link KEPT_MICROS}. Call it in a transaction. */
export function removeOldAlerts(db: Database, now: Micros): void {
  const before = now - KEPT_MICROS;
  db.prepare(`delete from alerts where status = 'resolved' and resolved_at < ?`).run(before);
  db.prepare('delete from alert_history where at < ?').run(before);
  db.prepare(`delete from alert_notifications where status <> 'waiting' and created_at < ?`).run(before);
}
