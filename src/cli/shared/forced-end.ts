import { TelemetryError } from '../../core/errors.js';
import { isSupervised } from './supervised.js';

/**
 * How long a query may go on after it was interrupted, in milliseconds. DuckDB looks at interrupts between blocks of rows;
 * several of its functions (levenshtein, list_sort, regexp_matches), its parser and its planner do not.
 */
const GRACE_MS = 2000;

/** The cause of the error of a query that has been interrupted and still runs: only the end of the process ends it. */
const STILL_RUNNING = 'STILL_RUNNING';

/**
 * Does work that queries are part of.
 * @throws TelemetryError what an interrupted query throws, {@link GRACE_MS} after the signal has aborted, when the work has
 * not ended by then; {@link isStillRunning} is true of it. Whatever the work throws.
 */
export async function endInTime<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let wait: () => void = () => undefined;
  const overdue = new Promise<never>((_, reject) => {
    wait = () => (timer = setTimeout(() => reject(stillRunning(signal.reason)), GRACE_MS));
  });
  if (signal.aborted) wait();
  else signal.addEventListener('abort', wait);
  try {
    return await Promise.race([work(), overdue]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', wait);
  }
}

function stillRunning(reason: unknown): TelemetryError {
  const { kind, message, remedy } =
    reason instanceof TelemetryError ? reason : new TelemetryError('interrupted', 'the query was interrupted');
  return new TelemetryError(kind, message, { ...(remedy !== undefined && { remedy }), cause: STILL_RUNNING });
}

/** True of the error of a command whose native code still runs, for which an exit would wait: Node joins its threads. */
export function isStillRunning(error: unknown): boolean {
  return error instanceof TelemetryError && error.cause === STILL_RUNNING;
}

/**
 * Ends this process at once, whatever its threads do; a shell sees the exit code. What removes temporary files at the
 * `exit` of the process is done before. No process can end at once with a code of its choice: that of an interruption is
 * what a shell makes of SIGINT; any other is handed to the process that waits for this one (supervised.ts).
 */
export async function forceEnd(process: NodeJS.Process, code: number): Promise<never> {
  process.emit('exit', code);
  if (isSupervised(process)) {
    await new Promise<void>(resolve => process.send?.({ code }, () => resolve()));
    process.kill(process.pid, 'SIGKILL');
  }
  process.removeAllListeners('SIGINT');
  process.kill(process.pid, 'SIGINT');
  return new Promise<never>(() => undefined);
}
