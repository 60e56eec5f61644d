import { durationText } from '../../../core/duration.js';
import { stateOf } from '../../../consumers/alerts/explain.js';
import { groupText } from '../../../consumers/alerts/message.js';
import { conditionText, timingText } from '../../../consumers/alerts/rule-text.js';
import { ruleStates, targetOf, type RuleState } from '../../../consumers/alerts/stored-rules.js';
import { withoutSecrets } from '../../../store/catalog/alert-channels.js';
import { readNotifications, type Notification } from '../../../store/catalog/alert-notifications.js';
import { readAlertsOf, readHistory, type AlertRecord, type HistoryEntry } from '../../../store/catalog/alerts.js';
import { openForReading } from '../../../store/database/store.js';
import type { Context } from '../../shared/context.js';
import type { AlertOptions } from './options.js';
import { localTime, printResult, safe, tableText, timeOf } from './output.js';
import { alertJson, stateJson, statusOf } from './rule-json.js';

/** Entries of each kind that are printed, the newest. The tables have all. */
const SHOWN = 50;

/** Shows a rule or an alert with its history. */
export async function run(options: AlertOptions, context: Context): Promise<void> {
  const { store } = options;
  const now = context.now() * 1000;
  const { rule, id } = targetOf(store, options.args[0]!);
  const [state] = ruleStates(store, [rule], now);
  const db = openForReading(store);
  const { alerts, history, notifications } = db.transaction(() => ({
    alerts: readAlertsOf(db, rule.name, SHOWN).filter(alert => id === undefined || alert.id === id),
    history: readHistory(db, rule.name, id, SHOWN),
    notifications: readNotifications(db, rule.name, id, SHOWN),
  }))();
  db.close();
  const json = {
    ...stateJson(state!, now),
    alerts: alerts.map(alert => alertJson(rule.name, alert)),
    history: history.map(({ at, ...entry }) => ({ at: timeOf(at), ...entry })),
    notifications: notifications.map(notificationJson),
  };
  const text = async (): Promise<string> => {
    const tables = [
      alerts.length === 0 ? 'no alerts yet\n' : await catalogTable(alerts, context),
      history.length === 0 ? '' : await historyTable(history, context),
      notifications.length === 0 ? '' : await notificationTable(notifications, context),
    ];
    return `${headText(state!, now)}${tables.join('')}`;
  };
  await printResult(options, context, { text, json });
}

/** The rule and its state, a line each. */
function headText({ rule, progress, alerts }: RuleState, now: number): string {
  const { error, mutedUntil } = progress;
  const isMuted = mutedUntil !== null && mutedUntil > now;
  const lines: (readonly [string, string | undefined])[] = [
    ['rule', rule.name],
    ['description', rule.description],
    ['state', `${stateOf(alerts, progress)}${isMuted ? ` (muted until ${localTime(mutedUntil)})` : ''}`],
    ['error', error?.split('\n', 1)[0]],
    ['severity', rule.severity],
    ['condition', conditionText(rule)],
    ['timing', timingText(rule)],
    ['notifies', rule.notify.map(withoutSecrets).join(', ') || 'no channel'],
    ...rule.escalate.map(
      ({ after, channel }) => ['escalates', `after ${durationText(after)} to ${withoutSecrets(channel)}`] as const,
    ),
    ['runbook', rule.runbook],
    ...Object.entries(rule.labels).map(([key, value]) => ['label', `${key}=${value}`] as const),
  ];
  return lines.flatMap(([key, value]) => (value === undefined ? [] : `${key.padEnd(11)} ${safe(value)}\n`)).join('');
}

function catalogTable(alerts: readonly AlertRecord[], context: Context): Promise<string> {
  return tableText(
    ['id', 'status', 'group', 'value', 'fired', 'resolved', 'ack by'],
    alerts.map(alert => [
      String(alert.id),
      statusOf(alert),
      groupText(JSON.parse(alert.group))
        .trim()
        .replace(/^\(|\)$/g, ''),
      alert.value === null ? '' : String(alert.value),
      localTime(alert.firedAt),
      localTime(alert.resolvedAt),
      alert.acknowledgedBy ?? '',
    ]),
    context,
  );
}

function historyTable(history: readonly HistoryEntry[], context: Context): Promise<string> {
  return tableText(
    ['at', 'alert', 'change', 'by', 'note'],
    history.map(({ at, alert, change, by, note }) => [
      localTime(at),
      alert === null ? '' : String(alert),
      change,
      by ?? '',
      note ?? '',
    ]),
    context,
  );
}

function notificationTable(notifications: readonly Notification[], context: Context): Promise<string> {
  return tableText(
    ['notified', 'alert', 'channel', 'reason', 'status', 'outcome'],
    notifications.map(({ createdAt, sentAt, alert, channel, reason, status, outcome }) => [
      localTime(sentAt ?? createdAt),
      String(alert),
      withoutSecrets(channel),
      reason,
      status,
      outcome ?? '',
    ]),
    context,
  );
}

function notificationJson(notification: Notification): Record<string, unknown> {
  const { id, key, alert, channel, reason, status, outcome, attempts, createdAt, sentAt } = notification;
  return {
    id,
    key,
    alert,
    channel: withoutSecrets(channel),
    reason,
    status,
    outcome,
    attempts,
    created_at: timeOf(createdAt),
    sent_at: timeOf(sentAt),
  };
}
