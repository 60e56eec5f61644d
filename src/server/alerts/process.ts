/*
 * The alert process of a server: evaluates alert rules and sends their notifications. Separate, so that DuckDB takes
 * neither time nor memory of the receiver. Started by supervisor.ts while the store has rules; ends with its parent.
 */
import { messageOf } from '../../core/errors.js';
import type { Outcome } from '../../consumers/alerts/lifecycle.js';
import { watchAlerts, type NotificationOutcome } from '../../consumers/alerts/watch.js';
import type { OpenAlertCounts } from '../../store/catalog/alerts.js';
import { backgroundSignal } from '../shared/background-process.js';
import type { FailureMessage } from '../shared/supervised-process.js';

/** Options of the process, passed as JSON in its only argument. */
export interface AlertProcessOptions {
  /** The store's directory. */
  readonly dir: string;
  /** Memory of DuckDB, in bytes. */
  readonly memory: number;
}

/** Messages from the process to its supervisor: lines for the operator, and counts for its metrics. */
export type AlertProcessMessage =
  | { readonly kind: 'log'; readonly text: string }
  | { readonly kind: 'evaluated'; readonly outcome: Outcome['kind'] }
  | { readonly kind: 'notified'; readonly outcome: NotificationOutcome; readonly count: number }
  | { readonly kind: 'alerts'; readonly byState: OpenAlertCounts };

/** Behind the receiver (0) and sealing (5). */
const NICENESS = 10;

const signal = backgroundSignal(NICENESS);

function send(message: AlertProcessMessage | FailureMessage): void {
  if (process.connected) process.send?.(message);
}

try {
  const options = JSON.parse(process.argv[2]!) as AlertProcessOptions;
  const observer = {
    evaluated: (outcome: Outcome['kind']): void => send({ kind: 'evaluated', outcome }),
    notified: (outcome: NotificationOutcome, count: number): void => send({ kind: 'notified', outcome, count }),
    alerts: (byState: OpenAlertCounts): void => send({ kind: 'alerts', byState }),
  };
  await watchAlerts({ ...options, observer, log: text => send({ kind: 'log', text }) }, signal);
} catch (error) {
  send({ kind: 'failed', reason: messageOf(error).split('\n', 1)[0]! });
  process.exitCode = 1;
}
if (process.connected) process.disconnect();
