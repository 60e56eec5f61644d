import type { DuckDBConnection } from '@duckdb/node-api';
import type { Micros } from '../../core/duration.js';
import type { TypeCount } from '../catalog/segments.js';
import { quoteText } from '../sql/text.js';
import { lineRows, SAMPLE_LINES, sampledRows } from './line-files.js';
import type { LineGroup } from './line-groups.js';

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
  /** Null without a time, and while {@link hasCore} is false: only the written file tells. */
  readonly timeFrom: Micros | null;
  readonly timeTo: Micros | null;
  /** SQL for its rows, in id order: id, stream_id, received_at, payload, encoding, sent and form. */
  readonly rows: string;
  /** SQL for some consecutive rows, chosen at random. Call it while the rows can be read. */
  readonly sample: () => string;
  /** True when the rows have the core columns that are sealed. */
  readonly hasCore: boolean;
}

/** Types with fewer events of a day than this share a segment: each file has a fixed cost. */
const OWN_SEGMENT_EVENTS = 2000;

/** A part of a group with SQL for its rows. */
type Source = Pick<Group, 'rows' | 'hasCore'> & Partial<Pick<Group, 'sample'>>;

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
  const where = (condition: string): Source => ({
    rows: `(select * from ${EVENTS_TABLE} where ${condition})`,
    hasCore: true,
  });
  return divide(await readCounts(connection), {
    ofType: (day, type) => where(`day = ${quoteText(day)} and "type" = ${quoteText(type)}`),
    ofOthers(day, _, own) {
      const onDay = `day = ${quoteText(day)}`;
      return where(own.length === 0 ? onDay : `${onDay} and "type" not in (${own.map(quoteText).join(', ')})`);
    },
  });
}

/** Divides lines in the same way. Each of their groups has one type. */
export function groupLines(lines: readonly LineGroup[]): Group[] {
  const counts = lines.flatMap(({ day, type, counts: ofShapes }) =>
    ofShapes.map(({ batchShape, ...count }) => ({
      ...count,
      day,
      type: type!,
      form: batchShape,
      timeFrom: null,
      timeTo: null,
    })),
  );
  const rowsOf = (day: string, types: readonly string[]): Source => {
    const ofTypes = lines.filter(group => group.day === day && types.includes(group.type!));
    return { rows: lineRows(ofTypes), sample: () => sampledRows(ofTypes), hasCore: false };
  };
  return divide(counts, {
    ofType: (day, type) => rowsOf(day, [type]),
    ofOthers: (day, rare) => rowsOf(day, rare),
  });
}

/** The rows of a day's events of one type, or of all rare types. */
interface Sources {
  ofType(day: string, type: string): Source;
  ofOthers(day: string, rare: readonly string[], own: readonly string[]): Source;
}

function divide(counts: readonly Count[], sources: Sources): Group[] {
  return [...groupBy(counts, ({ day }) => day)].flatMap(([day, ofDay]) => {
    const types = [...groupBy(ofDay, ({ type }) => type)];
    const own = types.filter(([, rows]) => sum(rows, 'events') >= OWN_SEGMENT_EVENTS);
    const rare = types.filter(([, rows]) => sum(rows, 'events') < OWN_SEGMENT_EVENTS);
    const groups = own.map(([type, rows]) => toGroup(day, type, rows, sources.ofType(day, type)));
    if (rare.length === 0) return groups;
    const [names, ownNames] = [rare, own].map(all => all.map(([type]) => type)) as [string[], string[]];
    const others = sources.ofOthers(day, names, ownNames);
    const rows = rare.flatMap(([, ofType]) => ofType);
    return [...groups, toGroup(day, names.length === 1 ? names[0]! : null, rows, others)];
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

function toGroup(day: string, type: string | null, rows: readonly Count[], source: Source): Group {
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
  const [firstId, lastId] = [least('firstId'), most('lastId')];
  const fromAnyId = (): string => {
    const start = firstId + Math.floor(Math.random() * (lastId - firstId + 1));
    return `(select * from ${source.rows} where id >= ${start} limit ${SAMPLE_LINES})`;
  };
  return {
    day,
    type,
    types,
    batchShapes,
    sample: fromAnyId,
    ...source,
    events: sum(rows, 'events'),
    firstId,
    lastId,
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
