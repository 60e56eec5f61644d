import { durationText } from '../../../core/duration.js';
import { type AlertRule } from '../../../consumers/alerts/rule.js';
import { conditionText } from '../../../consumers/alerts/rule-text.js';
import { stateOf } from '../../../consumers/alerts/explain.js';
import type { RuleState } from '../../../consumers/alerts/stored-rules.js';
import { withoutSecrets } from '../../../store/catalog/alert-channels.js';
import { isOpen, type AlertRecord } from '../../../store/catalog/alerts.js';
import { timeOf } from './output.js';

/** A rule for programs, without the secrets of its channels. */
export function ruleJson(rule: AlertRule): Record<string, unknown> {
  return {
    name: rule.name,
    description: rule.description ?? null,
    condition: conditionText(rule),
    sql: rule.condition.sql,
    every: durationText(rule.every),
    for: durationText(rule.for),
    keep_firing: durationText(rule.keepFiring),
    cooldown: durationText(rule.cooldown),
    severity: rule.severity,
    group_by: rule.groupBy ?? null,
    notify: rule.notify.map(withoutSecrets),
    escalate: rule.escalate.map(({ after, channel }) => ({
      after: durationText(after),
      channel: withoutSecrets(channel),
    })),
    runbook: rule.runbook ?? null,
    labels: rule.labels,
    on_no_data: rule.onNoData,
    on_error: rule.onError,
  };
}

/** A rule with its state for programs. */
export function stateJson({ rule, progress, alerts }: RuleState, now: number): Record<string, unknown> {
  return {
    ...ruleJson(rule),
    state: stateOf(alerts, progress),
    open_alerts: alerts.filter(isOpen).length,
    muted_until: progress.mutedUntil !== null && progress.mutedUntil > now ? timeOf(progress.mutedUntil) : null,
    evaluated_at: timeOf(progress.evaluatedAt),
    error: progress.error,
  };
}

/** An alert for programs. */
export function alertJson(rule: string, alert: AlertRecord): Record<string, unknown> {
  return {
    id: alert.id,
    rule,
    kind: alert.kind,
    status: statusOf(alert),
    group: JSON.parse(alert.group) as unknown,
    value: alert.value,
    row: JSON.parse(alert.row) as unknown,
    labels: JSON.parse(alert.labels) as unknown,
    started_at: timeOf(alert.startedAt),
    triggered_at: timeOf(alert.firedAt),
    last_seen_at: timeOf(alert.lastSeenAt),
    acknowledged_at: timeOf(alert.acknowledgedAt),
    acknowledged_by: alert.acknowledgedBy,
    acknowledged_until: timeOf(alert.acknowledgedUntil),
    resolved_at: timeOf(alert.resolvedAt),
    resolved_by: alert.resolvedBy,
    assignee: alert.assignee,
    note: alert.note,
    held: alert.held,
  };
}

/** The status of an alert: "no data" and "error" where these fire. */
export function statusOf({ kind, status }: AlertRecord): string {
  return kind !== 'violation' && status === 'firing' ? kind : status;
}
