import { durationText, type Micros } from '../../core/duration.js';
import type { AlertRecord, RuleProgress } from '../../store/catalog/alerts.js';
import type { Evaluation } from './evaluate.js';
import { groupText, isoTime } from './message.js';
import { type AlertRule } from './rule.js';
import { limitText } from './rule-text.js';
import { nextInstant } from './schedule.js';

/** An evaluation that is this much overdue shows that no server evaluates the rule, in microseconds. */
const LATE_MICROS = 15_000_000;

/** The reason why a rule fires or does not. */
export interface Explanation {
  readonly rule: string;
  readonly state: string;
  /** Sentences without a period, the decisive one first. */
  readonly reasons: readonly string[];
}

/** The parts of a rule's present that explain it. */
export interface ExplainedState {
  readonly rule: AlertRule;
  readonly progress: RuleProgress;
  /** Open alerts, resolved ones with a notification held back, and the latest resolved ones within a cooldown. */
  readonly alerts: readonly AlertRecord[];
  /** A current evaluation that changed nothing. */
  readonly evaluation: Evaluation;
  readonly now: Micros;
}

/** Says why a rule does not fire now, or why it does. */
export function explainRule(state: ExplainedState): Explanation {
  const { rule, alerts, progress } = state;
  const open = alerts.filter(({ status }) => status !== 'resolved');
  const reasons = [
    ...open.map(alert => alertReason(alert, state)),
    ...(open.some(({ kind, status }) => kind === 'violation' && status !== 'pending') ? [] : conditionReasons(state)),
    ...coolingReasons(state),
    ...heldEnds(state),
    ...(isMuted(state) ? [`muted until ${isoTime(progress.mutedUntil!)}: no notification is sent`] : []),
    ...(rule.notify.length === 0 ? ['the rule names no channel: no notification is sent'] : []),
    ...lateReasons(state),
  ];
  return { rule: rule.name, state: stateOf(alerts, progress), reasons };
}

/** The state of a rule: the most urgent of its alerts' states. */
export function stateOf(alerts: readonly AlertRecord[], { error }: RuleProgress): string {
  const open = alerts.filter(({ status }) => status !== 'resolved');
  const has = (kind: AlertRecord['kind'], ...statuses: AlertRecord['status'][]): boolean =>
    open.some(alert => alert.kind === kind && statuses.includes(alert.status));
  if (error !== null || has('error', 'firing', 'acknowledged')) return 'error';
  if (has('violation', 'firing')) return 'firing';
  if (has('violation', 'acknowledged')) return 'acknowledged';
  if (has('no data', 'firing', 'acknowledged')) return 'no data';
  return open.length > 0 ? 'pending' : 'inactive';
}

function alertReason(alert: AlertRecord, { rule, now }: ExplainedState): string {
  const group = `${alert.kind === 'violation' ? '' : `${alert.kind}: `}alert ${alert.id}${groupText(JSON.parse(alert.group))}`;
  if (alert.status === 'pending') {
    const lasted = Math.max(0, Math.min(rule.for, (now - alert.startedAt) / 1000));
    return `${group} is pending: it has violated the rule for ${durationText(Math.round(lasted / 1000) * 1000)} of ${durationText(rule.for)}`;
  }
  if (alert.status === 'acknowledged') {
    const until = alert.acknowledgedUntil === null ? '' : ` until ${isoTime(alert.acknowledgedUntil)}`;
    return `${group} is acknowledged by ${alert.acknowledgedBy ?? 'somebody'}${until}: it notifies again after it has resolved`;
  }
  const held = alert.held === null ? '' : `; its notification is held back: ${alert.held}`;
  return `${group} fires since ${isoTime(alert.firedAt ?? alert.startedAt)}${held}`;
}

function conditionReasons({ rule, evaluation }: ExplainedState): string[] {
  const { outcome, measure } = evaluation;
  if (outcome.kind === 'error') return [`its evaluation fails: ${outcome.message.split('\n', 1)[0]!}`];
  if (outcome.kind === 'no data') {
    return [measure?.rows === 0 ? 'no data: the query returns no row' : 'no data: the query returns no value'];
  }
  const { condition } = rule;
  if (outcome.violations.length > 0) {
    const count = outcome.violations.length;
    return [`${count} ${count === 1 ? 'group violates' : 'groups violate'} the rule now; the next evaluation sees it`];
  }
  if (condition.kind === 'absent') return ['the query returns a value: nothing is absent'];
  if (condition.kind === 'rows') return ['the query returns no rows'];
  const limits = condition.limits.map(limitText).join(' or ');
  const simple = condition.limits.length === 1 && condition.limits[0]!.op === '>' ? condition.limits[0] : undefined;
  const value = measure?.value ?? 0;
  return [
    simple ? `the value is ${value} of ${simple.threshold}: not ${limits}` : `the value is ${value}: not ${limits}`,
  ];
}

function coolingReasons({ rule, alerts, now }: ExplainedState): string[] {
  return alerts.flatMap(({ group, notifiedAt, isNotified, status }) => {
    if (notifiedAt === null || rule.cooldown === 0 || (isNotified && status !== 'resolved')) return [];
    const until = notifiedAt + rule.cooldown * 1000;
    return now < until ? [`within cooldown until ${isoTime(until)}${groupText(JSON.parse(group))}`] : [];
  });
}

/** Ends of alerts that channels hear of after a mute. */
function heldEnds({ alerts }: ExplainedState): string[] {
  return alerts
    .filter(({ status, held }) => status === 'resolved' && held !== null)
    .map(({ id, group, held }) => {
      const name = `alert ${id}${groupText(JSON.parse(group))}`;
      return `${name} is resolved; the notification of that is held back: ${held}`;
    });
}

function isMuted({ progress, now }: ExplainedState): boolean {
  return progress.mutedUntil !== null && now < progress.mutedUntil;
}

function lateReasons({ rule, progress, now }: ExplainedState): string[] {
  if (progress.evaluatedAt === null)
    return ['not evaluated yet: `telemetry serve` does, or `telemetry alert evaluate`'];
  const late = now - nextInstant(rule, progress.evaluatedAt);
  if (late < LATE_MICROS) return [];
  const text = durationText(Math.round(late / 1_000_000) * 1000);
  return [`late by ${text}: \`telemetry serve\` evaluates it, or \`telemetry alert evaluate\``];
}
