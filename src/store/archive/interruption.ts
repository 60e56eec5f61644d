import { messageOf } from '../../core/errors.js';

/**
 * Runs work that an abort ends with an error: that of the signal, or that of a statement which DuckDB interrupted.
 * @returns undefined when the abort ended it. Rethrows every other error.
 */
export async function unlessInterrupted<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (signal.aborted && isInterruption(error, signal)) return undefined;
    throw error;
  }
}

function isInterruption(error: unknown, signal: AbortSignal): boolean {
  if (error === signal.reason || (error instanceof Error && error.name === 'AbortError')) return true;
  return messageOf(error).startsWith('INTERRUPT Error');
}
