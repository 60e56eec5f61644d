import type { DuckDBConnection } from '@duckdb/node-api';
import type { Micros } from '../../core/duration.js';
import type { TypeCount } from '../catalog/segments.js';
import { quoteText } from '../sql/text.js';

/** The table of the engine that holds events with their core columns, `form` and `day`, on their way into segments. */
export const EVENTS_TABLE = 'sealing';

/** Events that go into one segment together. */
export interface Group {
  readonly day: string;
  /** Null for the types that are too rare for separate segments. */
  readonly type: string | null;
  readonly types: Readonly<Record<string, TypeCount>>;
  /** The number of events of each batch shape. */
  readonly batchShapes: ReadonlyMap<number, number>;
  readonly events: number;
  readonly firstId: number;
  readonly lastId: number;
  readonly receivedFrom: Micros;
  readonly receivedTo: Micros;
  readonly timeFrom: Micros | null;
  readonly timeTo: Micros | null;
  /** The SQL condition on {@link EVENTS_TABLE} that its events meet. */
  readonly condition: string;
}

/** Types with fewer events of a day than this share a segment: each file has a fixed cost. */
const OWN_SEGMENT_EVENTS = 2000;

interface Count {
  day: string;
  type: string;
  form: number;
  events: number;
  bytes: number;
  longest: number;
  firstId: number;
  lastId: number;
  receivedFrom: Micros;
  receivedTo: Micros;
  timeFrom: Micros | null;
  timeTo: Micros | null;
}

/** Divides {@link EVENTS_TABLE} into segments: by received day, and by type where there are enough of it. */
export async function groupEvents(connection: DuckDBConnection): Promise<Group[]> {
  const counts = await readCounts(connection);
  const days = groupBy(counts, ({ day }) => day);
  return [...days].flatMap(([day, ofDay]) => {
    const types = [...groupBy(ofDay, ({ type }) => type)];
    const own = types.filter(([, rows]) => sum(rows, 'events') >= OWN_SEGMENT_EVENTS);
    const rare = types.filter(([, rows]) => sum(rows, 'events') < OWN_SEGMENT_EVENTS).flatMap(([, rows]) => rows);
    const onDay = `day = ${quoteText(day)}`;
    const groups = own.map(([type, rows]) => toGroup(day, type, rows, `${onDay} and "type" = ${quoteText(type)}`));
    if (rare.length === 0) return groups;
    const only = new Set(rare.map(({ type }) => type));
    const names = own.map(([type]) => quoteText(type)).join(', ');
    const others = own.length === 0 ? onDay : `${onDay} and "type" not in (${names})`;
    return [...groups, toGroup(day, only.size === 1 ? [...only][0]! : null, rare, others)];
  });
}

async function readCounts(connection: DuckDBConnection): Promise<Count[]> {
  const reader = await connection.runAndReadAll(
    `select day, "type", form, count(*)::double as events, sum(strlen(coalesce(sent, payload)))::double as bytes,
       max(strlen(coalesce(sent, payload)))::double as longest,
       min(id)::double as "firstId", max(id)::double as "lastId",
       epoch_us(min(received_at))::double as "receivedFrom", epoch_us(max(received_at))::double as "receivedTo",
       epoch_us(min("time") filter (isfinite("time")))::double as "timeFrom",
       epoch_us(max("time") filter (isfinite("time")))::double as "timeTo"
     from ${EVENTS_TABLE} group by all order by day, "firstId"`,
  );
  return reader.getRowObjects() as unknown as Count[];
}

function toGroup(day: string, type: string | null, rows: readonly Count[], condition: string): Group {
  const batchShapes = new Map<number, number>();
  for (const { form, events } of rows) batchShapes.set(form, (batchShapes.get(form) ?? 0) + events);
  const types: Record<string, TypeCount> = Object.create(null) as Record<string, TypeCount>;
  for (const [name, ofType] of groupBy(rows, row => row.type)) {
    const longest = Math.max(...ofType.map(row => row.longest));
    types[name] = { events: sum(ofType, 'events'), bytes: sum(ofType, 'bytes'), longest };
  }
  const least = (key: 'firstId' | 'receivedFrom' | 'timeFrom'): number => Math.min(...numbers(rows, key));
  const most = (key: 'lastId' | 'receivedTo' | 'timeTo'): number => Math.max(...numbers(rows, key));
  const hasTimes = numbers(rows, 'timeFrom').length > 0;
  return {
    day,
    type,
    types,
    batchShapes,
    condition,
    events: sum(rows, 'events'),
    firstId: least('firstId'),
    lastId: most('lastId'),
    receivedFrom: least('receivedFrom'),
    receivedTo: most('receivedTo'),
    timeFrom: hasTimes ? least('timeFrom') : null,
    timeTo: hasTimes ? most('timeTo') : null,
  };
}

function numbers(rows: readonly Count[], key: keyof Count): number[] {
  return rows.map(row => row[key]).filter((value): value is number => typeof value === 'number');
}

function sum(rows: readonly Count[], key: 'events' | 'bytes'): number {
  return rows.reduce((total, row) => total + row[key], 0);
}

function groupBy<T>(rows: readonly T[], keyOf: (row: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  return groups;
}
