import { TelemetryError } from '../../core/errors.js';
import { isSupervised } from './supervised.js';

/**
 * Grace period of an interrupted query, in milliseconds. DuckDB checks for interrupts between blocks of rows; several of
 * its functions (levenshtein, list_sort, regexp_matches), its parser and its planner do not.
 */
const GRACE_MS = 2000;

/** The cause of the error of an interrupted query that still runs. Only the end of the process ends it. */
const STILL_RUNNING = 'STILL_RUNNING';

/**
 * Runs work that includes queries.
 * @throws TelemetryError the error of an interrupted query, when the work still runs {@link GRACE_MS} after the abort;
 * {@link isStillRunning} is true for it. Rethrows the errors of the work.
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

/** True for the error of a command whose native code still runs. An exit would wait for it, since Node joins its threads. */
export function isStillRunning(error: unknown): boolean {
  return error instanceof TelemetryError && error.cause === STILL_RUNNING;
}

/**
 * Ends this process at once, even while its threads run, after the `exit` handlers that remove temporary files. Since a
 * process cannot kill itself with a chosen exit code, it kills itself with SIGINT, or sends the code to its supervisor
 * (supervised.ts), which exits with it.
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
