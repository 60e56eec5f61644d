import type { Micros } from '../../core/duration.js';
import type { AlertRecord } from '../../store/catalog/alerts.js';
import type { NewNotification } from '../../store/catalog/alert-notifications.js';
import type { Notice } from './lifecycle.js';
import { type AlertRule } from './rule.js';
import { conditionText } from './rule-text.js';

/** The contents of a notification: the body of a generic webhook, and the stdin of a command. */
export interface AlertMessage {
  readonly version: 1;
  /** The id of the alert. */
  readonly alert: number;
  readonly rule: string;
  readonly description: string | null;
  readonly condition: string;
  readonly kind: AlertRecord['kind'];
  readonly status: AlertRecord['status'];
  readonly reason: string;
  readonly severity: AlertRule['severity'];
  readonly group: unknown;
  readonly value: number | null;
  readonly row: unknown;
  readonly labels: unknown;
  readonly runbook: string | null;
  readonly assignee: string | null;
  readonly note: string | null;
  readonly started_at: string;
  readonly fired_at: string | null;
  readonly resolved_at: string | null;
  /** The time of the evaluation, or of the command, that caused the notification. */
  readonly at: string;
}

/** The record of a notification. */
export function notificationOf(rule: AlertRule, notice: Notice, at: Micros): NewNotification {
  const { alert, channel, reason, held } = notice;
  return {
    rule: rule.name,
    alert: alert.id,
    channel,
    reason,
    status: held === null ? 'waiting' : 'held',
    outcome: held,
    message: JSON.stringify(messageFor(rule, alert, reason, at)),
  };
}

function messageFor(rule: AlertRule, alert: AlertRecord, reason: string, at: Micros): AlertMessage {
  return {
    version: 1,
    alert: alert.id,
    rule: rule.name,
    description: rule.description ?? null,
    condition: conditionText(rule),
    kind: alert.kind,
    status: alert.status,
    reason,
    severity: rule.severity,
    group: JSON.parse(alert.group),
    value: alert.value,
    row: JSON.parse(alert.row),
    labels: JSON.parse(alert.labels),
    runbook: rule.runbook ?? null,
    assignee: alert.assignee,
    note: alert.note,
    started_at: isoTime(alert.startedAt),
    fired_at: alert.firedAt === null ? null : isoTime(alert.firedAt),
    resolved_at: alert.resolvedAt === null ? null : isoTime(alert.resolvedAt),
    at: isoTime(at),
  };
}

/** RFC 3339 in UTC, to the second where it is whole. */
export function isoTime(micros: Micros): string {
  return new Date(micros / 1000).toISOString().replace('.000Z', 'Z');
}

/** A title for people: `FIRING: errors (service=api)`. */
export function titleOf({ reason, rule, group }: AlertMessage): string {
  return `${reason.toUpperCase()}: ${rule}${groupText(group)}`;
}

/** ` (service=api)`; empty for a rule without groups. */
export function groupText(group: unknown): string {
  const entries = Object.entries(group as Record<string, unknown>);
  if (entries.length === 0) return '';
  return ` (${entries.map(([name, value]) => `${name}=${textOf(value)}`).join(', ')})`;
}

/** The lines below the title. */
export function linesOf(message: AlertMessage): string[] {
  const { severity, condition, value, row, labels, runbook, note, assignee, at, description } = message;
  const cells = Object.entries(row as Record<string, unknown>).map(([name, cell]) => `${name}: ${textOf(cell)}`);
  const pairs = Object.entries(labels as Record<string, unknown>).map(([name, label]) => `${name}=${textOf(label)}`);
  return [
    ...(description === null ? [] : [description]),
    `severity: ${severity}`,
    `condition: ${condition}`,
    ...(cells.length > 0 ? cells : value === null ? [] : [`value: ${value}`]),
    ...(pairs.length > 0 ? [`labels: ${pairs.join(', ')}`] : []),
    ...(assignee === null ? [] : [`assignee: ${assignee}`]),
    ...(note === null ? [] : [`note: ${note}`]),
    ...(runbook === null ? [] : [`runbook: ${runbook}`]),
    `at: ${at}`,
  ];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
