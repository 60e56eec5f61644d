import { OptionalColumns } from '../named-views/optional-columns.js';
import { spanError } from '../named-views/classic.js';
import { rowsOf } from '../result/rows.js';
import { openSession, type SessionOptions } from '../session.js';

/** The spans of one operation, or of one service. */
export interface Operation {
  /** Null for spans without one. */
  readonly service: string | null;
  /** The name of its spans; undefined in groups by service. */
  readonly operation?: string | null;
  readonly calls: number;
  readonly errors: number;
  /** Percentiles and the sum of durations, in milliseconds; null without durations. */
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  readonly total: number | null;
  /** The calls in equal parts of the time from the first span of all to the last. */
  readonly callsOverTime: readonly number[];
}

/** The groups, and the times of the first and the last span. */
export interface Operations {
  readonly groups: readonly Operation[];
  readonly first: string | undefined;
  readonly last: string | undefined;
}

/** The choice of spans and their groups. */
export interface OperationsRequest {
  readonly by: 'operation' | 'service';
  /** SQL over the columns of `spans` that is true for the spans to count. */
  readonly where: string | undefined;
  /** The parts of `callsOverTime`. */
  readonly parts: number;
}

/**
 * Measures operations, in no particular order. A span is an error by its flag, its error or its status, or by its
 * severity.
 * @throws TelemetryError `sql` for a condition that is not valid; as openSession.
 */
export async function measureOperations(options: SessionOptions, request: OperationsRequest): Promise<Operations> {
  const session = await openSession(options);
  try {
    const rows = await rowsOf(await session.query(sqlOf(request, new OptionalColumns(session.attributes))));
    const [first, last] = rows[0]?.slice(9) ?? [];
    return {
      groups: rows.map(row => operationOf(row, request)),
      first: first ?? undefined,
      last: last ?? undefined,
    };
  } finally {
    session.close();
  }
}

function sqlOf({ by, where, parts }: OperationsRequest, columns: OptionalColumns): string {
  const failed = `coalesce(${spanError(columns)}, "severity" in ('ERROR', 'FATAL'), false)`;
  const group = by === 'service' ? 'service' : 'service, operation';
  // One statement reads the spans once, so that all numbers are of the same snapshot.
  return `with chosen as materialized (
    select ${columns.first('VARCHAR', 'service')} as service, "name" as operation, "time" as happened, "duration_ms" as ms, ${failed} as failed
    from spans${where === undefined ? '' : ` where (${where}\n)`}
  ), extent as (
    select min(happened) as first, max(happened) as last, epoch_us(min(happened)) as low,
      greatest(epoch_us(max(happened)) - epoch_us(min(happened)), 1) as width from chosen
  ), cells as (
    select ${group}, least(${parts - 1}, (epoch_us(happened) - low) * ${parts} // width) as cell, count(*) as calls
    from chosen, extent group by all
  ), lines as (
    select ${group}, to_json(list([cell, calls])) as cells from cells group by all
  ), measured as (
    select ${group}, count(*) as calls, count(*) filter (where failed) as errors, quantile_cont(ms, 0.5) as p50,
      quantile_cont(ms, 0.95) as p95, quantile_cont(ms, 0.99) as p99, sum(ms) as total
    from chosen group by all
  )
  select measured.service, ${by === 'service' ? 'null' : 'measured.operation'}, measured.calls, errors, p50, p95, p99, total, cells, first, last
  from measured join lines on measured.service is not distinct from lines.service
    ${by === 'service' ? '' : 'and measured.operation is not distinct from lines.operation'}, extent`;
}

function operationOf(row: readonly (string | null)[], { by, parts }: OperationsRequest): Operation {
  const [service = null, operation = null, calls, errors, p50, p95, p99, total, cells] = row;
  const callsOverTime = Array.from({ length: parts }, () => 0);
  for (const [cell, count] of JSON.parse(cells ?? '[]') as [number, number][]) callsOverTime[cell] = count;
  const number = (cell: string | null | undefined): number | null =>
    cell === null || cell === undefined ? null : Number(cell);
  return {
    service,
    ...(by === 'operation' && { operation }),
    calls: Number(calls),
    errors: Number(errors),
    p50: number(p50),
    p95: number(p95),
    p99: number(p99),
    total: number(total),
    callsOverTime,
  };
}
