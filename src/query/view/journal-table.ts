import {
  BIGINT,
  BOOLEAN,
  DOUBLE,
  DuckDBTableFunction,
  DuckDBVarCharType,
  HUGEINT,
  VARCHAR,
  type DuckDBDataChunk,
  type DuckDBType,
} from '@duckdb/node-api';
import type { AttributeType } from '../../core/attribute.js';
import { messageOf } from '../../core/errors.js';
import { READ_CHUNK_ROWS } from '../../core/limits.js';
import type { IdInterval } from '../../store/catalog/event-ranges.js';
import type { EventColumn, JournalReader, Page, StoredValue, StreamColumn } from '../../store/journal/reader.js';

/** A column of type JSON whose values DuckDB does not parse again: the receiver did. */
const JSON_TYPE = DuckDBVarCharType.create('JSON');

const EVENT_COLUMNS: readonly (readonly [EventColumn, DuckDBType])[] = [
  ['id', BIGINT],
  ['stream_id', BIGINT],
  ['received_at', BIGINT],
  ['payload', JSON_TYPE],
  ['encoding', VARCHAR],
];

const STREAM_COLUMNS: readonly (readonly [StreamColumn, DuckDBType])[] = [
  ['id', BIGINT],
  ['started_at', BIGINT],
  ['ended_at', BIGINT],
  ['transport', VARCHAR],
  ['remote', VARCHAR],
  ['path', VARCHAR],
  ['headers', JSON_TYPE],
  ['events', BIGINT],
  ['origin', VARCHAR],
];

const PLACEHOLDER_TYPES: Readonly<Record<AttributeType, DuckDBType>> = {
  BOOLEAN,
  BIGINT,
  HUGEINT,
  DOUBLE,
  VARCHAR,
  JSON: JSON_TYPE,
};

/** A column with a name and a type but no values: a query may name it as long as its plan does not read it. */
export interface PlaceholderColumn {
  readonly name: string;
  readonly type: AttributeType;
}

/** The rows and columns of the journal that scans see, read whenever a scan is bound or starts, and their counts. */
export interface JournalScope extends IdInterval {
  /** The ids that scans return, ascending. */
  intervals: readonly IdInterval[];
  placeholders: readonly PlaceholderColumn[];
  /** Rows that scans have returned so far. */
  rowsRead: number;
  /** A SQL condition on the rows to return, which an index answers. */
  indexed: string | undefined;
  /** True when the last scan found its rows by an index. */
  usedIndex: boolean;
  /** Set when a statement is bound that reads streams. */
  readsStreams: boolean;
}

/** The scope of a view that shows no rows yet. */
export function emptyScope(): JournalScope {
  return {
    afterId: 0,
    upToId: 0,
    intervals: [],
    placeholders: [],
    rowsRead: 0,
    indexed: undefined,
    usedIndex: false,
    readsStreams: false,
  };
}

/** Above this many rows an index saves little, and its ids take megabytes. */
const MAX_INDEXED_IDS = 200_000;

/**
 * The table function `journal`: the events within the scope in id order. It reads only the columns that a query needs.
 */
export function journalTable(reader: JournalReader, scope: JournalScope): DuckDBTableFunction {
  return tableFunction({
    name: 'journal',
    columns: EVENT_COLUMNS,
    placeholders: () => scope.placeholders,
    bound: () => undefined,
    gave: rows => void (scope.rowsRead += rows),
    start: () => {
      const { intervals, indexed } = scope;
      const from = intervals[0]?.afterId ?? 0;
      const to = intervals.at(-1)?.upToId ?? 0;
      const ids = indexed === undefined ? undefined : reader.idsWhere(indexed, from, to, MAX_INDEXED_IDS);
      scope.usedIndex = ids !== undefined;
      return {
        from,
        isOpen: () => reader.isOpen,
        count: () => intervals.reduce((sum, { afterId, upToId }) => sum + reader.countEvents(afterId, upToId), 0),
        read: (columns, after, limit) =>
          ids
            ? reader.readIds(columns, takeAfter(ids, after, limit))
            : readIntervals(intervals, after, limit, (interval, rows) =>
                reader.readPage(columns, interval.afterId, interval.upToId, rows),
              ),
      };
    },
  });
}

/** The table function `stream_rows`: one row per connection or POST. */
export function streamsTable(reader: JournalReader, scope: JournalScope): DuckDBTableFunction {
  return tableFunction({
    name: 'stream_rows',
    columns: STREAM_COLUMNS,
    placeholders: () => [],
    bound: () => void (scope.readsStreams = true),
    gave: () => undefined,
    start: () => ({
      from: 0,
      isOpen: () => reader.isOpen,
      count: () => reader.countStreams(),
      read: (columns, after, limit) => reader.readStreams(columns, after, limit),
    }),
  });
}

interface Source<Name extends string> {
  /** Reading starts after this id. */
  readonly from: number;
  readonly isOpen: () => boolean;
  readonly count: () => number;
  readonly read: (columns: readonly Name[], after: number, limit: number) => Page;
}

interface Scan {
  next: (chunk: DuckDBDataChunk) => void;
}

/**
 * A table function over keyset-paged reads. DuckDB calls it on this thread, between other tasks of the event loop. One
 * scan runs on one thread, so rows keep their order.
 */
function tableFunction<Name extends string>(table: {
  name: string;
  columns: readonly (readonly [Name, DuckDBType])[];
  placeholders: () => readonly PlaceholderColumn[];
  /** Called when a statement that reads the table is bound. */
  bound: () => void;
  /** Called with the number of rows that a scan has returned. */
  gave: (rows: number) => void;
  start: () => Source<Name>;
}): DuckDBTableFunction {
  return DuckDBTableFunction.create({
    name: table.name,
    supportsProjectionPushdown: true,
    bindFunction: bind => {
      table.bound();
      for (const [name, type] of table.columns) bind.addResultColumn(name, type);
      for (const { name, type } of table.placeholders()) bind.addResultColumn(name, PLACEHOLDER_TYPES[type]);
    },
    initFunction: init => {
      init.setMaxThreads(1);
      try {
        // For a query without columns (`count(*)`) DuckDB asks for an index past the last column.
        const indexes = init.getColumnIndexes();
        const wanted = indexes.filter(index => index < table.columns.length);
        if (indexes.some(index => table.placeholders()[index - table.columns.length])) {
          throw new Error('a column is read that the plan did not show');
        }
        const columns = wanted.map(index => table.columns[index]!);
        const scan = columns.length === 0 ? countScan(table.start()) : pageScan(table.start(), columns);
        init.setInitData(scan);
      } catch (error) {
        init.setError(messageOf(error));
      }
    },
    mainFunction: (info, chunk) => {
      try {
        (info.getInitData() as Scan).next(chunk);
        table.gave(chunk.rowCount);
      } catch (error) {
        info.setError(messageOf(error));
      }
    },
  });
}

function countScan<Name extends string>(source: Source<Name>): Scan {
  let left = source.count();
  return {
    next: chunk => {
      chunk.rowCount = Math.min(left, READ_CHUNK_ROWS);
      left -= chunk.rowCount;
    },
  };
}

function pageScan<Name extends string>(source: Source<Name>, columns: readonly (readonly [Name, DuckDBType])[]): Scan {
  const names = columns.map(([name]) => name);
  let after = source.from;
  let ahead: Page | undefined;
  let isLast = false;
  const readNext = (): Page => {
    const page = ahead ?? source.read(names, after, READ_CHUNK_ROWS);
    ahead = undefined;
    after = page.lastId;
    return page;
  };
  /** Reads the next page while DuckDB works on the last one. */
  const readAhead = (): void => {
    if (source.isOpen()) ahead ??= source.read(names, after, READ_CHUNK_ROWS);
  };
  return {
    next: chunk => {
      const { values } = isLast ? NO_ROWS : readNext();
      isLast = values.length < READ_CHUNK_ROWS;
      chunk.rowCount = values.length;
      if (values.length === 0) return;
      columns.forEach(([, type], index) => {
        const isInteger = type === BIGINT;
        chunk.setColumnValues(
          index,
          values.map(row => duckValue(row[index]!, isInteger)),
        );
      });
      if (!isLast) setImmediate(readAhead);
    },
  };
}

/** Reads up to `limit` rows with ids in the intervals and after `after`. */
function readIntervals(
  intervals: readonly IdInterval[],
  after: number,
  limit: number,
  read: (interval: IdInterval, limit: number) => Page,
): Page {
  const pages: Page[] = [];
  let rows = 0;
  for (const { afterId, upToId } of intervals) {
    if (upToId <= after) continue;
    const page = read({ afterId: Math.max(afterId, after), upToId }, limit - rows);
    rows += page.values.length;
    if (page.values.length > 0) pages.push(page);
    if (rows === limit) break;
  }
  if (pages.length === 1) return pages[0]!;
  return { values: pages.flatMap(({ values }) => values), lastId: pages.at(-1)?.lastId ?? 0 };
}

/** The next `limit` ids after `after`, of ascending ids. */
function takeAfter(ids: readonly number[], after: number, limit: number): readonly number[] {
  let [low, high] = [0, ids.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (ids[middle]! > after) high = middle;
    else low = middle + 1;
  }
  return ids.slice(low, low + limit);
}

const NO_ROWS: Page = { values: [], lastId: 0 };

function duckValue(value: StoredValue, isInteger: boolean): string | bigint | null {
  return isInteger && value !== null ? BigInt(value) : (value as string | null);
}
