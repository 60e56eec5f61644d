import type { Micros } from '../../core/duration.js';
import {
  isOpen,
  type AlertChanges,
  type AlertKind,
  type AlertRecord,
  type HistoryEntry,
} from '../../store/catalog/alerts.js';
import { begun, entry, notAfter, seen, unacknowledged, type Violation } from './episode.js';
import type { AlertRule } from './rule.js';

/** The finding of an evaluation. */
export type Outcome =
  | { readonly kind: 'violation'; readonly violations: readonly Violation[] }
  | { readonly kind: 'no data' }
  | { readonly kind: 'error'; readonly message: string };

/** The parts of a rule that its lifecycle depends on. */
export type LifecycleRule = Pick<
  AlertRule,
  'for' | 'keepFiring' | 'cooldown' | 'notify' | 'escalate' | 'labels' | 'onNoData' | 'onError'
>;

/** A notification that a change asks for, or that was held back. */
export interface Notice {
  readonly alert: AlertRecord;
  readonly channel: string;
  /** Such as `firing`, `resolved`, `not acknowledged in 15m`. */
  readonly reason: string;
  /** The reason why it is not sent: `muted` or `cooldown`. */
  readonly held: string | null;
}

/** The present of a rule. */
export interface LifecycleState {
  /**
   * Ordered by id: open alerts, resolved ones whose end has not been sent because of a mute, and the latest resolved ones
   * of groups within a cooldown.
   */
  readonly alerts: readonly AlertRecord[];
  readonly mutedUntil: Micros | null;
}

/** The changes of one step, and the notifications that they ask for. */
export interface Step extends AlertChanges {
  readonly notices: readonly Notice[];
  readonly outcome: Outcome['kind'];
}

const EMPTY_GROUP = '{}';

/**
 * The lifecycle of a rule's alerts: takes the outcome of the evaluation at an instant and returns what changes. A pure
 * function: all clocks (`for`, keep-firing, cooldown, acknowledgement, escalation) count from times in the records.
 *
 * inactive -> pending -> firing <-> acknowledged -> resolved; an alert that is pending and no longer violates is removed.
 * @param newId returns the id of a new alert.
 */
export function step(
  rule: LifecycleRule,
  state: LifecycleState,
  outcome: Outcome,
  at: Micros,
  newId: () => number,
): Step {
  const changed: AlertRecord[] = [];
  const removed: number[] = [];
  const history: HistoryEntry[] = [];
  const notices: Notice[] = [];
  const violations = violationsOf(rule, outcome);
  const alerts = state.alerts.map(alert => notAfter(at, alert));
  const latest = new Map(alerts.map(alert => [keyOf(alert.kind, alert.group), alert]));

  const advance = (before: AlertRecord | undefined, kind: AlertKind, violation: Violation): void => {
    const isNew = !before || !isOpen(before);
    let alert = isNew ? begun(rule, kind, violation, at, newId(), before) : seen(before, violation, at);
    const fires = alert.status === 'pending' && at - alert.startedAt >= micros(rule.for);
    if (isNew && !fires) history.push(entry(alert, at, 'pending'));
    if (fires) {
      alert = { ...alert, status: 'firing', firedAt: at, unacknowledgedFrom: at };
      history.push(entry(alert, at, 'firing'));
    }
    changed.push(follow(rule, state, alert, at, { history, notices }));
  };

  for (const alert of alerts) {
    if (isOpen(alert) || alert.held === null || isMuted(state, at)) continue;
    const ended = { ...alert, held: null };
    changed.push(ended);
    notices.push(...endNotices(rule, ended, null));
  }
  for (const { kind, violation } of violations) {
    advance(latest.get(keyOf(kind, violation.group)), kind, violation);
  }
  const violating = new Set(violations.map(({ kind, violation }) => keyOf(kind, violation.group)));
  const isUnknown = outcome.kind !== 'violation' && !(outcome.kind === 'no data' && rule.onNoData === 'ignore');
  for (const alert of alerts) {
    if (!isOpen(alert) || violating.has(keyOf(alert.kind, alert.group))) continue;
    // Without an answer, nothing is known of the groups of a rule: their alerts stay as they are.
    if (isUnknown && alert.kind === 'violation') {
      const followed = follow(rule, state, alert, at, { history, notices });
      if (followed !== alert) changed.push(followed);
    } else if (alert.status === 'pending') {
      removed.push(alert.id);
      history.push(entry(alert, at, 'inactive'));
    } else if (at - alert.lastSeenAt >= micros(rule.keepFiring)) {
      changed.push(resolved(rule, state, alert, at, null, { history, notices }));
    } else {
      const followed = follow(rule, state, alert, at, { history, notices });
      if (followed !== alert) changed.push(followed);
    }
  }
  const known = new Set([...changed.map(({ id }) => id), ...removed]);
  changed.push(...alerts.filter((alert, i) => alert !== state.alerts[i] && !known.has(alert.id)));
  return { alerts: changed, removed, history, notices, outcome: outcome.kind };
}

interface Consequences {
  readonly history: HistoryEntry[];
  readonly notices: Notice[];
}

/** The violations of an outcome; a single one for missing data or an error. */
function violationsOf(rule: LifecycleRule, outcome: Outcome): { kind: AlertKind; violation: Violation }[] {
  if (outcome.kind === 'violation') return outcome.violations.map(violation => ({ kind: 'violation', violation }));
  const effect = outcome.kind === 'error' ? rule.onError : rule.onNoData;
  if (effect === 'ignore') return [];
  const row = JSON.stringify(outcome.kind === 'error' ? { error: outcome.message } : {});
  return [{ kind: outcome.kind, violation: { group: EMPTY_GROUP, value: null, row } }];
}

function isMuted({ mutedUntil }: Pick<LifecycleState, 'mutedUntil'>, at: Micros): boolean {
  return mutedUntil !== null && at < mutedUntil;
}

/** Lets an acknowledgement expire, and asks for the notifications that are due. */
function follow(
  rule: LifecycleRule,
  state: LifecycleState,
  given: AlertRecord,
  at: Micros,
  { history, notices }: Consequences,
): AlertRecord {
  let alert = given;
  let isDue = !alert.isNotified || alert.held !== null;
  if (alert.status === 'acknowledged' && alert.acknowledgedUntil !== null && at >= alert.acknowledgedUntil) {
    alert = unacknowledged(alert, at);
    history.push(entry(alert, at, 'firing', null, 'the acknowledgement expired'));
    isDue = true;
  }
  if (alert.status !== 'firing' || !isTold(rule, alert)) return alert;
  const isQuiet = isMuted(state, at);
  if (isDue) {
    // An expired acknowledgement notifies a second time: no cooldown holds that.
    const isCooling = !alert.isNotified && alert.notifiedAt !== null && at - alert.notifiedAt < micros(rule.cooldown);
    const held = isQuiet ? 'muted' : isCooling ? 'cooldown' : null;
    const reason = alert.acknowledgedBy === null ? firingReason(alert) : 'acknowledgement expired';
    if (held === null || held !== alert.held) {
      for (const channel of rule.notify) notices.push({ alert, channel, reason, held });
    }
    if (held !== null) return alert.held === held ? alert : { ...alert, held };
    alert = { ...alert, isNotified: true, held: null, notifiedAt: at };
  }
  if (isQuiet) return alert;
  const due = rule.escalate.filter(({ after }) => at - alert.unacknowledgedFrom! >= micros(after)).length;
  if (due <= alert.escalated) return alert;
  for (const { after, channel } of rule.escalate.slice(alert.escalated, due)) {
    notices.push({ alert, channel, reason: `not acknowledged in ${minutesText(after)}`, held: null });
  }
  return { ...alert, escalated: due };
}

function firingReason({ kind }: AlertRecord): string {
  return kind === 'violation' ? 'firing' : kind;
}

function minutesText(ms: number): string {
  return ms % 60_000 === 0 ? `${ms / 60_000}m` : `${ms / 1000}s`;
}

/** True when an alert of its kind notifies. */
function isTold(rule: LifecycleRule, { kind }: AlertRecord): boolean {
  if (kind === 'violation') return true;
  return (kind === 'error' ? rule.onError : rule.onNoData) === 'notify';
}

/**
 * Resolves an alert. Channels that heard that it fires hear of it: now, or at the end of a mute.
 * @param by who resolved it; null for an evaluation
 */
export function resolved(
  rule: Pick<LifecycleRule, 'notify' | 'escalate'>,
  state: Pick<LifecycleState, 'mutedUntil'>,
  alert: AlertRecord,
  at: Micros,
  by: string | null,
  { history, notices }: Consequences,
): AlertRecord {
  const ended: AlertRecord = { ...alert, status: 'resolved', resolvedAt: at, resolvedBy: by, held: null };
  history.push(entry(ended, at, 'resolved', by));
  const ends = endNotices(rule, ended, isMuted(state, at) ? 'muted' : null);
  notices.push(...ends);
  return { ...ended, held: ends[0]?.held ?? null };
}

/** The notifications of an end, to the channels that heard of the start. */
function endNotices(
  rule: Pick<LifecycleRule, 'notify' | 'escalate'>,
  alert: AlertRecord,
  held: string | null,
): Notice[] {
  const told = new Set([
    ...(alert.isNotified ? rule.notify : []),
    ...rule.escalate.slice(0, alert.escalated).map(({ channel }) => channel),
  ]);
  return [...told].map(channel => ({ alert, channel, reason: 'resolved', held }));
}

function keyOf(kind: AlertKind, group: string): string {
  return `${kind} ${group}`;
}

function micros(ms: number): Micros {
  return ms * 1000;
}
