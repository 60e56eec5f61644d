import type { Parameters } from '../sql/parameters.js';
import { rowsOf } from '../result/rows.js';
import type { Session } from '../session.js';

/** The segments and rows that a query read and skipped. */
export interface Explanation {
  readonly segments: {
    readonly read: number;
    /** Segments outside of the time range, or not needed. */
    readonly skipped: number;
    /** Segments that verify has set aside: their events are missing from the result. */
    readonly damaged: number;
    /** Files that were read, relative to the store. */
    readonly files: readonly string[];
    readonly events: number;
    readonly bytes: number;
  };
  readonly journal: {
    readonly rowsRead: number;
    readonly rowsSkipped: number;
    /** The attributes of the indexes that its rows were found by. */
    readonly indexes: readonly string[];
  };
  /** Rows of the result. */
  readonly rows: number;
  readonly ms: number;
}

/** The name of a scan of segments in a plan. */
const SEGMENT_SCAN = /"(READ_PARQUET|READ_CSV|READ_NDJSON_OBJECTS|SEQ_SCAN)/;

/**
 * Runs a query, discards its rows, and reports what it read.
 * @throws TelemetryError as {@link Session.query}.
 */
export async function explain(session: Session, sql: string, parameters: Parameters): Promise<Explanation> {
  const plan = await rowsOf(await session.query(`explain (format json) ${sql}`, parameters));
  const readsSegments = plan.some(row => SEGMENT_SCAN.test(row.join()));
  const readBefore = session.plan.journal.rowsRead;
  const start = performance.now();
  let rows = 0;
  for await (const batch of (await session.query(sql, parameters)).batches) rows += batch.length;
  const ms = Number((performance.now() - start).toFixed(3));
  const { segments: reached, skipped, damaged, journal } = session.plan;
  const segments = readsSegments ? reached : [];
  const rowsRead = journal.rowsRead - readBefore;
  return {
    segments: {
      read: segments.length,
      skipped: skipped.length + reached.length - segments.length,
      damaged: damaged.length,
      files: segments.map(({ file }) => file),
      events: segments.reduce((sum, { events }) => sum + events, 0),
      bytes: segments.reduce((sum, { bytes }) => sum + bytes, 0),
    },
    journal: { rowsRead, rowsSkipped: Math.max(0, journal.rows - rowsRead), indexes: journal.indexes },
    rows,
    ms,
  };
}
