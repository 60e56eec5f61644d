import type { Micros } from '../../core/duration.js';
import { isOpen, type AlertRecord, type HistoryEntry } from '../../store/catalog/alerts.js';
import type { ByHand } from './ledger.js';
import { entry, unacknowledged } from './episode.js';
import { resolved, type LifecycleState, type Notice } from './lifecycle.js';
import type { AlertRule } from './rule.js';

/** A change of alerts by a person. */
export type Action =
  | { readonly kind: 'ack'; readonly until: Micros | null }
  | { readonly kind: 'unack' }
  | { readonly kind: 'assign'; readonly to: string }
  | { readonly kind: 'note' }
  | { readonly kind: 'resolve' };

/** The person, the time and the note of a change of alerts. */
export interface ActionDetails {
  readonly by: string;
  readonly at: Micros;
  readonly note: string | null;
  /** Added to the labels of the alerts. */
  readonly labels: Readonly<Record<string, string>>;
}

/** Applies an action to alerts; to those that it does not fit, nothing happens. */
export function act(rule: AlertRule, state: LifecycleState, action: Action, details: ActionDetails): ByHand {
  const { alerts, mutedUntil } = state;
  const history: HistoryEntry[] = [];
  const notices: Notice[] = [];
  const changed = alerts.flatMap(alert => {
    const now = changedBy(rule, state, alert, action, details, { history, notices });
    return now === undefined ? [] : [annotated(now, details)];
  });
  return { alerts: changed, history, notices, mutedUntil };
}

function changedBy(
  rule: AlertRule,
  state: LifecycleState,
  alert: AlertRecord,
  action: Action,
  { by, at, note }: ActionDetails,
  consequences: { history: HistoryEntry[]; notices: Notice[] },
): AlertRecord | undefined {
  if (!isOpen(alert) && action.kind !== 'note') return undefined;
  const tell = (change: string, text = note): void =>
    void consequences.history.push(entry(alert, at, change, by, text));
  switch (action.kind) {
    case 'ack':
      if (alert.status === 'pending') return undefined;
      tell('acknowledged');
      return {
        ...alert,
        status: 'acknowledged',
        acknowledgedAt: at,
        acknowledgedBy: by,
        acknowledgedUntil: action.until,
        // Its channels know of it: a notification that a mute holds back is not sent after the acknowledgement.
        held: alert.isNotified ? null : alert.held,
      };
    case 'unack':
      if (alert.status !== 'acknowledged') return undefined;
      tell('firing', note ?? 'the acknowledgement was taken back');
      return { ...unacknowledged(alert, at), acknowledgedAt: null, acknowledgedBy: null };
    case 'assign':
      tell(`assigned to ${action.to}`);
      return { ...alert, assignee: action.to };
    case 'note':
      tell('note');
      return alert;
    case 'resolve':
      if (alert.status === 'pending') return undefined;
      return resolved(rule, state, alert, at, by, consequences);
  }
}

function annotated(alert: AlertRecord, { note, labels }: ActionDetails): AlertRecord {
  const known = JSON.parse(alert.labels) as Record<string, string>;
  return {
    ...alert,
    note: note ?? alert.note,
    labels: JSON.stringify({ ...known, ...labels }),
  };
}
