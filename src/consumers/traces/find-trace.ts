import { TelemetryError } from '../../core/errors.js';
import { rowsOf } from '../../query/result/rows.js';
import type { Session } from '../../query/session.js';

/** A traceparent header (W3C Trace Context, 3.2.2): version, trace id, parent id and flags. */
const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/i;

/** The number of candidates that an error about an ambiguous prefix names. */
const MAX_CANDIDATES = 5;

/**
 * Finds the one trace whose id is, or begins with, a text, in any case. A traceparent header names its trace.
 * @throws TelemetryError `failure` where no trace matches, `usage` where several do.
 */
export async function findTrace(session: Session, text: string): Promise<string> {
  const wanted = TRACEPARENT.exec(text.trim())?.[1] ?? text.trim();
  if (wanted === '') throw new TelemetryError('usage', 'the id of the trace is empty');
  const prefix = JSON.stringify(wanted);
  const exact = await rowsOf(
    await session.query('select 1 from events where trace_id = $id limit 1', { id: prefix }, 1),
  );
  if (exact.length > 0) return wanted;
  const found = await rowsOf(
    await session.query(
      `select distinct trace_id from events where starts_with(lower(trace_id), lower($id))
       order by trace_id limit ${MAX_CANDIDATES + 1}`,
      { id: prefix },
    ),
  );
  const [first, ...others] = found.map(([id]) => id!);
  if (first === undefined) {
    throw new TelemetryError('failure', `no trace has an id that begins with "${wanted}"`, {
      remedy: 'List the traces with `telemetry trace`; --since and --until may exclude it.',
    });
  }
  if (others.length === 0) return first;
  const same = [first, ...others].filter(id => id.toLowerCase() === wanted.toLowerCase());
  if (same.length === 1) return same[0]!;
  const more = found.length > MAX_CANDIDATES ? ' and more' : '';
  throw new TelemetryError('usage', `several traces have an id that begins with "${wanted}"`, {
    remedy: `Write more of it: ${[first, ...others].slice(0, MAX_CANDIDATES).join(', ')}${more}.`,
  });
}
