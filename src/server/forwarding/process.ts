/*
 * The forwarding process of a server: sends events to remotes. A separate process, so that DuckDB takes neither time nor
 * memory from the receiver. supervisor.ts starts it while a remote lacks events; it ends with its parent.
 */
import { messageOf } from '../../core/errors.js';
import { forwardAll } from '../../consumers/forward/forward-all.js';
import { backgroundSignal } from '../shared/background-process.js';
import type { FailureMessage } from '../shared/supervised-process.js';

/** Options of the process, passed as JSON in its only argument. */
export interface ForwardingProcessOptions {
  /** The store's directory. */
  readonly dir: string;
}

/** Messages from the process to its supervisor. */
export type ForwardingProcessMessage =
  { readonly kind: 'log'; readonly text: string } | { readonly kind: 'sent'; readonly events: number };

/** Priority below the receiver (0) and sealing (5). */
const NICENESS = 10;

const signal = backgroundSignal(NICENESS);

function send(message: ForwardingProcessMessage | FailureMessage): void {
  if (process.connected) process.send?.(message);
}

try {
  const { dir } = JSON.parse(process.argv[2]!) as ForwardingProcessOptions;
  const observer = {
    sent: (_remote: string, events: number): void => send({ kind: 'sent', events }),
    changed: (_remote: string, text: string): void => send({ kind: 'log', text }),
  };
  await forwardAll({ dir, observer, now: () => Date.now() * 1000 }, signal);
} catch (error) {
  send({ kind: 'failed', reason: messageOf(error).split('\n', 1)[0]! });
  process.exitCode = 1;
}
if (process.connected) process.disconnect();
