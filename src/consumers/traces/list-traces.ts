import { OptionalColumns } from '../../query/named-views/optional-columns.js';
import { rowsOf } from '../../query/result/rows.js';
import type { Session } from '../../query/session.js';
import { IS_SPAN, isError, startNs } from './read-trace.js';

/** The lists of traces: the newest, the longest, and the newest of those with a failed span. */
export const TRACE_LISTS = ['recent', 'slowest', 'failed'] as const;

/** A trace in a list. */
export interface ListedTrace {
  readonly list: (typeof TRACE_LISTS)[number];
  readonly trace_id: string;
  /** ISO 8601. */
  readonly start: string;
  /** From the first start to the last end. */
  readonly duration_ms: number;
  readonly spans: number;
  readonly errors: number;
  readonly services: readonly string[];
  /** The service and the name of its first span without a parent, else of its first span. */
  readonly service: string | null;
  readonly name: string | null;
}

/** SQL for one row a trace: id, start, duration, spans, errors, services, and service and name of its first root. */
export function tracesSql(session: Session, { condition = 'true', limit = 5 } = {}): string {
  const columns = new OptionalColumns(session.attributes);
  const chosen =
    condition === 'true' ? '' : `and trace_id in (select trace_id from events where coalesce(${condition}, false))`;
  return `with span as (
      select trace_id, service, "name", ${isError(columns)} as is_error, ${startNs(columns)} as start_ns,
        greatest(case when isfinite(duration_ms) then duration_ms else 0 end, 0) as ms,
        parent_span_id is not null as has_parent
      from events where trace_id is not null and ${IS_SPAN} ${chosen}),
    trace as (
      select trace_id, min(start_ns) as start_ns, (max(start_ns + cast(ms * 1e6 as bigint)) - min(start_ns)) / 1e6 as duration_ms,
        count(*) as spans, count(*) filter (where is_error) as errors,
        list_sort(list(distinct service) filter (where service is not null)) as services,
        arg_min({service: service, "name": "name"}, (has_parent, start_ns)) as first
      from span group by trace_id),
    listed as (
      (select 0 as list, * from trace order by start_ns desc, trace_id limit ${limit}) union all
      (select 1, * from trace order by duration_ms desc, trace_id limit ${limit}) union all
      (select 2, * from trace where errors > 0 order by start_ns desc, trace_id limit ${limit}))
    select list, trace_id, make_timestamp_ns(start_ns), duration_ms, spans, errors, services, first.service, first."name"
    from listed order by list, case list when 1 then -duration_ms else -start_ns end, trace_id`;
}

/** Lists the recent, the slowest and the failed traces. @throws TelemetryError as {@link Session.query}. */
export async function listTraces(session: Session, options: Parameters<typeof tracesSql>[1]): Promise<ListedTrace[]> {
  const rows = await rowsOf(await session.query(tracesSql(session, options)));
  return rows.map(([list, traceId, start, duration, spans, errors, services, service, name]) => ({
    list: TRACE_LISTS[Number(list)]!,
    trace_id: traceId!,
    start: `${start!}Z`,
    duration_ms: Number(duration),
    spans: Number(spans),
    errors: Number(errors),
    services: JSON.parse(services ?? '[]') as string[],
    service: service ?? null,
    name: name ?? null,
  }));
}
