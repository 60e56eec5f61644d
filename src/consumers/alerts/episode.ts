import type { Micros } from '../../core/duration.js';
import type { AlertKind, AlertRecord, HistoryEntry } from '../../store/catalog/alerts.js';
import type { AlertRule } from './rule.js';

/** A group that violates a rule at an evaluation. */
export interface Violation {
  /** JSON object of the group's columns, keys in the order of the query. */
  readonly group: string;
  readonly value: number | null;
  /** JSON object of the row. */
  readonly row: string;
}

/** A new alert of a group, which is pending. @param before the last alert of the group */
export function begun(
  rule: Pick<AlertRule, 'labels'>,
  kind: AlertKind,
  { group, value, row }: Violation,
  at: Micros,
  id: number,
  before: AlertRecord | undefined,
): AlertRecord {
  return {
    id,
    kind,
    group,
    status: 'pending',
    value,
    row,
    labels: JSON.stringify(rule.labels),
    startedAt: at,
    lastSeenAt: at,
    firedAt: null,
    unacknowledgedFrom: null,
    acknowledgedAt: null,
    acknowledgedBy: null,
    acknowledgedUntil: null,
    resolvedAt: null,
    resolvedBy: null,
    assignee: null,
    note: null,
    isNotified: false,
    held: null,
    notifiedAt: before?.notifiedAt ?? null,
    escalated: 0,
  };
}

/** An alert that violates its rule again. */
export function seen(alert: AlertRecord, { value, row }: Violation, at: Micros): AlertRecord {
  return { ...alert, value, row, lastSeenAt: at };
}

/** An alert without times after `at`: the clock of the machine was set back, and what counts from them counts from now. */
export function notAfter(at: Micros, alert: AlertRecord): AlertRecord {
  const latest = Math.max(alert.startedAt, alert.lastSeenAt, alert.unacknowledgedFrom ?? 0, alert.notifiedAt ?? 0);
  if (latest <= at) return alert;
  const past = <Time extends Micros | null>(time: Time): Time => (time !== null && time > at ? (at as Time) : time);
  return {
    ...alert,
    startedAt: past(alert.startedAt),
    lastSeenAt: past(alert.lastSeenAt),
    firedAt: past(alert.firedAt),
    unacknowledgedFrom: past(alert.unacknowledgedFrom),
    notifiedAt: past(alert.notifiedAt),
  };
}

/** An alert that fires again after an acknowledgement. Escalations count from now on. */
export function unacknowledged(alert: AlertRecord, at: Micros): AlertRecord {
  return { ...alert, status: 'firing', acknowledgedUntil: null, unacknowledgedFrom: at, escalated: 0 };
}

/** An entry of an alert's history. */
export function entry(
  { id }: Pick<AlertRecord, 'id'>,
  at: Micros,
  change: string,
  by: string | null = null,
  note: string | null = null,
): HistoryEntry {
  return { alert: id, at, change, by, note };
}
