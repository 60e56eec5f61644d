import type { Result, Row } from '../../core/result.js';
import type { LiveView } from '../view/live-view.js';

/** Rows of a result that are read ahead, and kept, before any is returned: about 10 ms of work. */
const READ_AHEAD_ROWS = 16_384;

/** Files of this size in all are checked before any row is returned: once a session, it takes some milliseconds. */
const CHEAP_BYTES = 4 * 1024 * 1024;

/** Files above this size in all are not read a second time to check them: it would take seconds. */
const MAX_CHECKED_BYTES = 1024 ** 3;

/**
 * Reads the start of a result. A short result is complete then, and reading it has found any damage. For a longer one
 * the files are checked before its first row is returned, since rows that were returned cannot be taken back.
 * @param limit the number of rows that will be read at most
 * @returns undefined when damaged segments were left out of the view: the statement has to run again.
 */
export async function checkAhead(result: Result, view: LiveView, limit: number): Promise<Result | undefined> {
  const batches = result.batches[Symbol.asyncIterator]();
  const ahead: (readonly Row[])[] = [];
  const size = view.rows.segmentBytes;
  const mostAhead = size === 0 ? 0 : size <= CHEAP_BYTES ? 1 : READ_AHEAD_ROWS;
  const enough = Math.min(limit, mostAhead);
  let next = await batches.next();
  for (let rows = 0; next.done !== true && (rows += next.value.length) < enough; next = await batches.next()) {
    ahead.push(next.value);
  }
  const isLong = next.done !== true && mostAhead > 0 && next.value.length < limit && enough === mostAhead;
  if (isLong && size <= MAX_CHECKED_BYTES && (await view.leaveOutDamaged(false))) {
    await batches.return?.();
    return undefined;
  }
  async function* all(): AsyncGenerator<readonly Row[]> {
    try {
      yield* ahead;
      for (; next.done !== true; next = await batches.next()) yield next.value;
    } finally {
      await batches.return?.();
    }
  }
  return { columns: result.columns, batches: all() };
}
