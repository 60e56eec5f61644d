/*
 * The alert process of a server: evaluates alert rules and sends their notifications. Separate, so that DuckDB takes
 * neither time nor memory of the receiver. Started by supervisor.ts while the store has rules; ends with its parent.
 */
import { messageOf } from '../../core/errors.js';
import { watchAlerts } from '../../consumers/alerts/watch.js';
import { backgroundSignal } from '../shared/background-process.js';

/** Options of the process, passed as JSON in its only argument. */
export interface AlertProcessOptions {
  /** The store's directory. */
  readonly dir: string;
  /** Memory of DuckDB, in bytes. */
  readonly memory: number;
}

/** Messages from the process to its supervisor: lines for the operator. */
export interface AlertProcessMessage {
  readonly text: string;
  readonly isFailure: boolean;
}

/** Behind the receiver (0) and sealing (5). */
const NICENESS = 10;

const signal = backgroundSignal(NICENESS);

function send(message: AlertProcessMessage): void {
  if (process.connected) process.send?.(message);
}

try {
  const options = JSON.parse(process.argv[2]!) as AlertProcessOptions;
  await watchAlerts({ ...options, log: text => send({ text, isFailure: false }) }, signal);
} catch (error) {
  send({ text: messageOf(error).split('\n', 1)[0]!, isFailure: true });
  process.exitCode = 1;
}
if (process.connected) process.disconnect();
