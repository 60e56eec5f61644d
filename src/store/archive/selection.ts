import { BIGINT, DuckDBDataChunk, type DuckDBConnection } from '@duckdb/node-api';
import type { Micros } from '../../core/duration.js';
import { READ_CHUNK_ROWS } from '../../core/limits.js';
import type { IdRuns } from '../catalog/id-runs.js';
import type { Segment } from '../catalog/segments.js';
import { quoteText } from '../sql/text.js';

/** The events of one type in a segment that are selected, as far as the catalog tells. */
export type Match = 'all' | 'none' | 'unknown';

/**
 * A selection of events to remove. Its result for an event never changes, and does not depend on where the event is
 * stored.
 */
export interface Selection {
  matchOf(segment: Segment, type: string): Match;
  /** The SQL condition of the events to remove from the segment, over `id`, `received_at`, `time` and `type`. */
  condition(connection: DuckDBConnection, segment: Segment): Promise<string>;
  /** True when filtering by the condition keeps the order of rows. */
  readonly keepsOrder: boolean;
}

/** The time that counts for an event's age: when it was received, or when it happened. */
export type AgeBasis = 'received' | 'time';

/** The ids after which events are kept. */
export interface IdLimits {
  /** Events with higher ids are kept. */
  readonly upToId: number;
  /** The same of single types, where it is less. */
  readonly upToIds: ReadonlyMap<string, number>;
}

/** The last id of a type that may go. */
export function idLimit({ upToId, upToIds }: IdLimits, type: string): number {
  return Math.min(upToId, upToIds.get(type) ?? Infinity);
}

/** Up to when events go, by type: Infinity for all of them, -Infinity for none. */
export interface AgeLimits extends IdLimits {
  readonly by: AgeBasis;
  readonly types: ReadonlyMap<string, Micros>;
  /** The time for all other types. */
  readonly others: Micros;
}

/** Selects events that are past the age limit of their type. */
export function selectByAge(limits: AgeLimits): Selection {
  const { upToId, by, types, others } = limits;
  const latest = Math.max(others, ...types.values());
  return {
    keepsOrder: true,
    matchOf(segment, type) {
      // The catalog has types and times of such segments by older rules.
      if (segment.format === 1) {
        const isLater = by === 'received' && segment.receivedFrom >= latest;
        return latest === -Infinity || segment.firstId > upToId || isLater ? 'none' : 'unknown';
      }
      const limit = types.get(type) ?? others;
      const [from, to] =
        by === 'time' ? [segment.timeFrom, segment.timeTo] : [segment.receivedFrom, segment.receivedTo];
      const lastId = idLimit(limits, type);
      if (limit === -Infinity || segment.firstId > lastId || (from !== null && from >= limit)) return 'none';
      const isOld = limit === Infinity || (to !== null && to < limit);
      return isOld && segment.lastId <= lastId ? 'all' : 'unknown';
    },
    condition: () => Promise.resolve(ageCondition(limits)),
  };
}

/** {@link AgeLimits} as SQL over `id`, `received_at`, `time` and `type`. */
export function ageCondition({ upToId, upToIds, by, types, others }: AgeLimits): string {
  const column = by === 'time' ? '"time"' : 'received_at';
  const before = (limit: Micros): string => {
    if (Math.abs(limit) === Infinity) return String(limit > 0);
    return `${column} < make_timestamptz(${Math.round(limit)}::bigint)`;
  };
  const cases = [...types].map(([type, limit]) => `when ${quoteText(type)} then ${before(limit)}`);
  const old = cases.length === 0 ? before(others) : `case "type" ${cases.join(' ')} else ${before(others)} end`;
  const held = [...upToIds].map(([type, id]) => ` and (id <= ${id} or "type" is distinct from ${quoteText(type)})`);
  return `(id <= ${upToId}${held.join('')} and ${old})`;
}

/** The table of the engine with the ids of {@link selectByIds}. */
const IDS_TABLE = 'selected_ids';

/** Selects events by their ids. */
export function selectByIds(ids: IdRuns): Selection {
  let filled: DuckDBConnection | undefined;
  return {
    keepsOrder: false,
    matchOf: ({ firstId, lastId }) => (ids.touches(firstId, lastId) ? 'unknown' : 'none'),
    async condition(connection, { firstId, lastId }) {
      if (filled !== connection) await fill(connection, ids);
      filled = connection;
      return `id in (select id from ${IDS_TABLE} where id between ${firstId} and ${lastId})`;
    },
  };
}

async function fill(connection: DuckDBConnection, ids: IdRuns): Promise<void> {
  await connection.run(`create or replace temp table runs(first BIGINT, last BIGINT)`);
  const appender = await connection.createAppender('runs');
  let chunk: (readonly [number, number])[] = [];
  const flush = (): void => {
    if (chunk.length === 0) return;
    const rows = DuckDBDataChunk.create([BIGINT, BIGINT], chunk.length);
    for (const at of [0, 1] as const)
      rows.setColumnValues(
        at,
        chunk.map(run => BigInt(run[at])),
      );
    appender.appendDataChunk(rows);
    chunk = [];
  };
  for (const run of ids.runs(Infinity)) {
    if (chunk.push(run) === READ_CHUNK_ROWS) flush();
  }
  flush();
  appender.closeSync();
  await connection.run(
    `create or replace temp table ${IDS_TABLE} as select unnest(range(first, last + 1)) as id from runs; drop table runs`,
  );
}
