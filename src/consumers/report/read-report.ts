import type { Micros } from '../../core/duration.js';
import { OptionalColumns } from '../../query/named-views/optional-columns.js';
import { measureOperations, type Operation } from '../../query/report/operations.js';
import { rowsOf } from '../../query/result/rows.js';
import { openSession, type Session, type SessionOptions } from '../../query/session.js';
import { findPatterns, type Patterns } from '../patterns/find.js';
import { listTraces } from '../traces/list-traces.js';
import { readTrace } from '../traces/read-trace.js';
import { analyzeTrace, type Trace } from '../traces/trace.js';

/** The steps of the time axis: a bar of a page is then a few pixels wide. */
const TIME_STEPS = 60;

/** The parts of an operation's sparkline. */
const CALL_PARTS = 24;

/** The condition for the events of the error patterns. */
const ERRORS_WHERE = `severity in ('ERROR', 'FATAL')`;

/** The numbers of a store over a time, all of one set of events. */
export interface StoreReport {
  /** The first and the last time of the axis, in microseconds since 1970; undefined without events. */
  readonly times: { readonly start: Micros; readonly step: Micros; readonly steps: number } | undefined;
  readonly events: number;
  readonly errors: number;
  /** The events of each type, in all and in each step of {@link times}; the type with the most first. */
  readonly types: readonly { readonly type: string; readonly events: number; readonly counts: readonly number[] }[];
  readonly errorPatterns: Patterns;
  /** The slowest first. */
  readonly slowest: readonly Trace[];
  /** The one with the most time first. */
  readonly operations: readonly Operation[];
  /** The one with the most points first. */
  readonly metrics: readonly MetricSummary[];
}

/** The points of one metric of one service. */
export interface MetricSummary {
  readonly name: string;
  readonly service: string | null;
  readonly unit: string | null;
  readonly points: number;
  readonly min: number | null;
  readonly avg: number | null;
  readonly max: number | null;
  readonly last: number | null;
  /** The mean of each step of {@link StoreReport.times}; null for a step without values. */
  readonly means: readonly (number | null)[];
}

/**
 * Reads the numbers of a report. Events that arrive meanwhile are not in any of them.
 * @param traces the most traces of `slowest`
 * @throws TelemetryError as {@link openSession} and {@link Session.query}.
 */
export async function readReport(options: SessionOptions, traces: number): Promise<StoreReport> {
  const session = await openSession(options);
  try {
    const { lastId } = await session.refresh();
    await session.refresh({ toId: lastId });
    const { times, events, errors } = await extent(session);
    const operations = await measureOperations(
      { ...options, toId: lastId },
      { by: 'operation', where: undefined, parts: CALL_PARTS },
    );
    return {
      times,
      events,
      errors,
      types: times ? await typesOf(session, times) : [],
      slowest: await slowestTraces(session, traces),
      operations: [...operations.groups].sort(byTotal),
      metrics: times ? await metricsOf(session, times) : [],
      errorPatterns: await findPatterns(session, ERRORS_WHERE),
    };
  } finally {
    session.close();
  }
}

type Times = NonNullable<StoreReport['times']>;

async function extent(session: Session): Promise<Pick<StoreReport, 'times' | 'events' | 'errors'>> {
  const [row] = await rowsOf(
    await session.query(
      `select count(*), count(*) filter (where ${ERRORS_WHERE}), epoch_us(min("time")), epoch_us(max("time")) from events`,
    ),
  );
  const [events = 0, errors = 0, first = 0, last = 0] = (row ?? []).map(Number);
  if (events === 0) return { times: undefined, events, errors };
  const step = Math.max(1, Math.ceil((last - first + 1) / TIME_STEPS));
  return { times: { start: first, step, steps: Math.ceil((last - first + 1) / step) }, events, errors };
}

/** SQL for the step of an event. */
function stepSql({ start, step }: Times): string {
  return `(epoch_us("time") - ${start}) // ${step}`;
}

async function typesOf(session: Session, times: Times): Promise<StoreReport['types']> {
  const rows = await rowsOf(
    await session.query(`select "type", ${stepSql(times)} as step, count(*) from events group by all`),
  );
  const types = new Map<string, number[]>();
  for (const [type, step, count] of rows) {
    const counts = types.get(type ?? '') ?? new Array<number>(times.steps).fill(0);
    counts[Number(step)] = Number(count);
    types.set(type ?? '', counts);
  }
  return [...types]
    .map(([type, counts]) => ({ type, counts, events: counts.reduce((sum, count) => sum + count, 0) }))
    .sort((a, b) => b.events - a.events || (a.type < b.type ? -1 : 1));
}

async function slowestTraces(session: Session, limit: number): Promise<Trace[]> {
  const listed = (await listTraces(session, { limit })).filter(({ list }) => list === 'slowest');
  const traces: Trace[] = [];
  for (const { trace_id: id } of listed) traces.push(analyzeTrace(await readTrace(session, id)));
  return traces;
}

async function metricsOf(session: Session, times: Times): Promise<MetricSummary[]> {
  const columns = new OptionalColumns(session.attributes);
  const rows = await rowsOf(
    await session.query(`with point as (
        select ${columns.first('VARCHAR', 'metric_name', 'name')} as metric, service,
          ${columns.first('VARCHAR', 'metric_unit', 'unit')} as unit,
          ${columns.first('DOUBLE', 'metric_value')} as value, "time", ${stepSql(times)} as step
        from events where "type" = 'metric'),
      step as (select metric, service, unit, step, avg(value) as mean from point group by all),
      mean as (select metric, service, unit, to_json(list([step, mean])) as means from step group by all),
      metric as (select metric, service, unit, count(*) as points, min(value) as low, avg(value) as mid, max(value) as high,
        arg_max(value, "time") as last from point group by all)
      select m.metric, m.service, m.unit, points, low, mid, high, last, means from metric m join mean n
        on m.metric is not distinct from n.metric and m.service is not distinct from n.service
        and m.unit is not distinct from n.unit
      order by points desc, m.metric, m.service, m.unit`),
  );
  const number = (cell: string | null | undefined): number | null => (cell == null ? null : Number(cell));
  return rows.map(([name, service, unit, points, min, avg, max, last, means]) => {
    const values = new Array<number | null>(times.steps).fill(null);
    for (const [step, mean] of JSON.parse(means ?? '[]') as [number, number | null][]) values[step] = mean;
    return {
      name: name ?? '',
      service: service ?? null,
      unit: unit ?? null,
      points: Number(points),
      min: number(min),
      avg: number(avg),
      max: number(max),
      last: number(last),
      means: values,
    };
  });
}

/** The order of operations: the most time first. */
function byTotal(a: Operation, b: Operation): number {
  const name = ({ service, operation }: Operation): string => `${operation ?? ''}\0${service ?? ''}`;
  return (b.total ?? -1) - (a.total ?? -1) || b.calls - a.calls || (name(a) < name(b) ? -1 : 1);
}
