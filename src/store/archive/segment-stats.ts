import type { DuckDBConnection } from '@duckdb/node-api';
import type { Micros } from '../../core/duration.js';
import { SEGMENT_FORMAT, type Segment, type TypeCount } from '../catalog/segments.js';
import type { Group } from './segment-groups.js';

/** The statistics of a segment, independent of its format. */
export interface Facts {
  readonly format: number;
  readonly type: string | null;
  readonly types: Readonly<Record<string, TypeCount>>;
  readonly events: number;
  readonly firstId: number;
  readonly lastId: number;
  readonly receivedFrom: Micros;
  readonly receivedTo: Micros;
  readonly timeFrom: Micros | null;
  readonly timeTo: Micros | null;
}

interface TypeRow extends Omit<Facts, 'types' | 'type' | 'format'> {
  readonly type: string;
}

/**
 * The statistics of a query's rows (id, received_at, time and type); undefined without rows.
 * @param segments the segments of the rows: the bytes of payloads are taken from them, in proportion when only some
 * events are left.
 */
export async function segmentStats(
  connection: DuckDBConnection,
  source: string,
  segments: readonly Segment[],
): Promise<Facts | undefined> {
  const reader = await connection.runAndReadAll(
    `select "type", count(*)::double as events, min(id)::double as "firstId", max(id)::double as "lastId",
       epoch_us(min(received_at))::double as "receivedFrom", epoch_us(max(received_at))::double as "receivedTo",
       epoch_us(min("time") filter (isfinite("time")))::double as "timeFrom",
       epoch_us(max("time") filter (isfinite("time")))::double as "timeTo"
     from ${source} group by all order by all`,
  );
  const rows = reader.getRowObjects() as unknown as TypeRow[];
  if (rows.length === 0) return undefined;
  const types: Record<string, TypeCount> = Object.create(null) as Record<string, TypeCount>;
  for (const { type, events } of rows) {
    const own = segments.flatMap(segment => segment.types[type] ?? []);
    // Segments of the first format have not told all types apart.
    const before = own.length > 0 ? own : segments.flatMap(segment => Object.values(segment.types));
    const sum = (key: 'events' | 'bytes'): number => before.reduce((total, count) => total + count[key], 0);
    const longest = Math.max(0, ...before.map(count => count.longest ?? 0));
    types[type] = { events, bytes: Math.round((sum('bytes') * events) / sum('events')), longest };
  }
  const all = (key: keyof TypeRow): number[] => rows.map(row => row[key]).filter(value => typeof value === 'number');
  const hasTimes = all('timeFrom').length > 0;
  return {
    format: Math.min(...segments.map(({ format }) => format)),
    type: rows.length === 1 ? rows[0]!.type : null,
    types,
    events: all('events').reduce((total, events) => total + events, 0),
    firstId: Math.min(...all('firstId')),
    lastId: Math.max(...all('lastId')),
    receivedFrom: Math.min(...all('receivedFrom')),
    receivedTo: Math.max(...all('receivedTo')),
    timeFrom: hasTimes ? Math.min(...all('timeFrom')) : null,
    timeTo: hasTimes ? Math.max(...all('timeTo')) : null,
  };
}

/** The catalog entry of a group, independent of the format. */
export function describeGroup(group: Group) {
  const { day, type, types, events, firstId, lastId, receivedFrom, receivedTo, timeFrom, timeTo } = group;
  return {
    day,
    type,
    types,
    events,
    firstId,
    lastId,
    receivedFrom,
    receivedTo,
    timeFrom,
    timeTo,
    tier: 0,
    format: SEGMENT_FORMAT,
  };
}

/** The bytes of the longest payload in segments. */
export function longestPayload(segments: readonly Pick<Segment, 'types'>[]): number {
  return Math.max(0, ...segments.flatMap(({ types }) => Object.values(types).map(({ longest = 0 }) => longest)));
}

/** True when segments that are read one after another give their events in id order. */
export function inOrder(segments: readonly Segment[]): boolean {
  return segments.every((segment, i) => i === 0 || segments[i - 1]!.lastId < segment.firstId);
}
