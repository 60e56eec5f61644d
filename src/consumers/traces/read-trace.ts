import type { Attribute } from '../../core/attribute.js';
import { START_END_KEYS } from '../../core/vocabulary.js';
import { spanError } from '../../query/named-views/classic.js';
import { OptionalColumns } from '../../query/named-views/optional-columns.js';
import type { Session } from '../../query/session.js';
import type { LogRecord, SpanRecord, TraceRecords } from './span.js';

/** SQL that is true for an event that is a span: of type `trace`, or of another type with an id and a duration of a span. */
export const IS_SPAN = `("type" = 'trace' or (span_id is not null and duration_ms is not null and "type" not in ('log', 'metric')))`;

/** Keys of a start in nanoseconds: the core column `time` has microseconds. */
const START_NS_KEYS = ['start_time_unix_nano', 'startTimeUnixNano'];

/** Keys of the start of a span; the time of an event may be that of its end. */
const START_KEYS = START_END_KEYS.map(([start]) => start).filter(key => !START_NS_KEYS.includes(key));

/** SQL for the start of a span in nanoseconds since 1970. */
export function startNs(columns: OptionalColumns): string {
  const exact = columns.first('BIGINT', ...START_NS_KEYS);
  const given = START_KEYS.filter(key => columns.column(key) !== undefined).map(
    key => `epoch_ns(${columns.first('TIMESTAMPTZ', key)})`,
  );
  return `coalesce(${[exact, ...given, 'epoch_us("time") * 1000'].join(', ')})`;
}

/** SQL that is true for a span that failed, and false for any other. */
export function isError(columns: OptionalColumns): string {
  return `coalesce(${spanError(columns)}, severity in ('ERROR', 'FATAL'), false)`;
}

/** The columns of an event of a trace, in the order of {@link readTrace}. */
function columnsOf(attributes: readonly Attribute[], condition: string): string {
  const columns = new OptionalColumns(attributes);
  const kind = columns.first('VARCHAR', 'kind', 'span.kind', 'span_kind');
  return [
    'id',
    IS_SPAN,
    'span_id',
    'parent_span_id',
    'service',
    '"name"',
    `upper(regexp_replace(${kind}, '^SPAN_KIND_', '', 'i'))`,
    columns.first('VARCHAR', 'status'),
    isError(columns),
    `case when ${IS_SPAN} then ${startNs(columns)} else epoch_us("time") * 1000 end`,
    'duration_ms',
    `coalesce(${condition}, false)`,
    '"type"',
    'severity',
    'message',
  ].join(', ');
}

/**
 * Reads all events of a trace.
 * @param condition SQL that is true for the events that match.
 * @throws TelemetryError as {@link Session.query}.
 */
export async function readTrace(
  session: Session,
  traceId: string,
  { condition = 'true' }: { readonly condition?: string } = {},
): Promise<TraceRecords> {
  const sql = `select ${columnsOf(session.attributes, condition)} from events where trace_id = $trace`;
  const result = await session.query(sql, { trace: JSON.stringify(traceId) });
  const rows: (readonly (string | null)[])[] = [];
  for await (const batch of result.batches) rows.push(...batch);
  const baseNs = rows.reduce<bigint | undefined>((least, row) => {
    const ns = row[9] === null ? undefined : BigInt(row[9]!);
    return ns === undefined || (least !== undefined && least <= ns) ? least : ns;
  }, undefined);
  const base = baseNs ?? 0n;
  const spans: SpanRecord[] = [];
  const logs: LogRecord[] = [];
  for (const row of rows) {
    if (row[1] === 'true') spans.push(spanOf(row, base));
    else logs.push(logOf(row, base));
  }
  return { traceId, baseNs: base, spans, logs };
}

type Cells = readonly (string | null)[];

function spanOf(row: Cells, base: bigint): SpanRecord {
  const [id, , spanId, parentId, service, name, kind, status, error, start, duration, matches] = row;
  const durationMs = duration == null ? NaN : Number(duration);
  return {
    eventId: Number(id),
    spanId: spanId ?? undefined,
    parentId: parentId ?? undefined,
    service: service ?? '',
    name: name ?? '(no name)',
    kind: kind ?? undefined,
    status: status ?? undefined,
    isError: error === 'true',
    startMs: millisecondsAfter(base, start),
    durationMs: Number.isFinite(durationMs) ? durationMs : undefined,
    matches: matches === 'true',
  };
}

function logOf(row: Cells, base: bigint): LogRecord {
  const [id, , spanId, , service, name, , , , time, , , type, severity, message] = row;
  return {
    eventId: Number(id),
    spanId: spanId ?? undefined,
    type: type ?? 'event',
    service: service ?? '',
    severity: severity ?? undefined,
    message: message ?? name ?? type ?? '',
    timeMs: millisecondsAfter(base, time),
  };
}

function millisecondsAfter(base: bigint, ns: string | null | undefined): number {
  return ns == null ? 0 : Number(BigInt(ns) - base) / 1e6;
}
