import type { Column, Result, Row } from '../../core/result.js';
import { rowsOf } from '../../query/result/rows.js';
import type { Session } from '../../query/session.js';
import { TelemetryError } from '../../core/errors.js';
import { locatedError } from '../../query/predicate.js';
import { select, selectAgain, selectLeniently, type Selection, type Wanted } from './selection.js';

/** The start of a tail. */
export interface Start {
  /** The first id that may be shown. */
  readonly fromId: number;
  /** Maximum number of past events; undefined shows all. */
  readonly last: number | undefined;
}

/** Events in id order: the columns asked for, in rows as of {@link Result}. */
export interface TailPage {
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  /** The id of the last row. */
  readonly lastId: number;
}

/** Reads the events that are wanted, each once, from where it stopped before. */
export interface Scan {
  readonly selection: Selection;
  /** The first id that has not been read. */
  readonly nextId: number;
  /** The events that have come since it was last read to the end; with `isOnce`, none that come while it is read: those are read next. */
  pages(isOnce: boolean): AsyncGenerator<TailPage>;
}

/** Rows that are read in one go. The journal's snapshot is given back before they are shown, however slow that is. */
const PAGE_ROWS = 8192;

/** Sorting is not done again for so few rows as a page: it is left before they take much memory. */
const MAX_SORTED_ROWS = 8 * PAGE_ROWS;

/** Maximum delay in milliseconds before found events are shown while the search continues. */
const PAGE_MS = 100;

/**
 * Sealed events are unordered and need sorting, so they are read in ranges of this many ids. The ranges grow while few
 * events match.
 */
const FIRST_IDS = 65_536;
const MAX_IDS = 100_000_000;

/** The last matching events are looked for among this many, then that many times more, and so on. */
const FIRST_WINDOW = 1000;
const WINDOW_GROWTH = 8;

/**
 * Begins to read at `start`. The session is the scan's from now on; the caller closes it.
 * @param earlier what a scan before this one read: its filter was fine then, and does not end this one.
 * @throws TelemetryError `sql` when a filter without `earlier` does not bind, or fails for a past event.
 */
export async function openScan(
  session: Session,
  wanted: Wanted,
  { fromId, last }: Start,
  onChange: (now: Selection, before: Selection | undefined) => Promise<void>,
  earlier?: Selection,
): Promise<Scan> {
  let selection = earlier ? await selectAgain(session, wanted, earlier) : await select(session, wanted);
  await onChange(selection, earlier);
  /** True once the filter was computed for events without an error. */
  let wasFine = earlier !== undefined;
  const first =
    last === undefined
      ? fromId
      : await startOfLast(session, selection, fromId, last).catch((error: unknown) => {
          throw locatedError(error, wanted.filter ?? '', '--filter');
        });
  let cursor = first - 1;

  const isSorted = (): boolean => !selection.streams || session.plan.segments.length > 0;

  const change = async (now: Selection): Promise<void> => {
    const before = selection;
    selection = now;
    await onChange(now, before);
  };

  /**
   * Runs the query and reads a page of its rows. Binds it again when columns have changed since, and once more
   * leniently when the filter fails for an event: such an event does not match.
   */
  const read = async (): Promise<Page> => {
    for (;;) {
      try {
        const sorts = isSorted();
        const { columns, batches } = await session.query(sorts ? selection.sortedSql : selection.sql);
        // What is read may have been sealed since it was last asked how.
        if (session.attributes === selection.attributes && (sorts || !isSorted())) {
          const page = await readSome(batches, sorts ? MAX_SORTED_ROWS : PAGE_ROWS);
          wasFine = true;
          return { columns, ...page };
        }
        if (session.attributes === selection.attributes) continue;
      } catch (error) {
        if (session.attributes === selection.attributes) {
          if (!isOfFilter(error) || selection.leniency === 'never') throw error;
          const located = locatedError(error, wanted.filter ?? '', '--filter');
          if (!wasFine) throw located;
          await change(await selectLeniently(session, wanted, selection, located));
          continue;
        }
      }
      await change(await selectAgain(session, wanted, selection));
    }
  };

  return {
    get selection() {
      return selection;
    },
    get nextId() {
      return cursor + 1;
    },
    async *pages(isOnce) {
      const limit = isOnce ? (await session.refresh({ toId: Infinity })).lastId : Infinity;
      let ids = FIRST_IDS;
      while (cursor < limit) {
        const toId = cursor + ids;
        const { lastId } = await session.refresh({ fromId: cursor + 1, toId });
        if (lastId <= cursor) break;
        const { columns, rows, isLast } = await read();
        const wanted = isOnce ? rows.filter(row => idOf(row) <= limit) : rows;
        const [first] = rows;
        const last = rows.at(-1);
        if (first && idOf(first) <= cursor) throw new Error(`events after ${cursor} came out of order`);
        cursor = Math.max(cursor, last ? idOf(last) : 0, isLast ? Math.min(toId, lastId) : 0);
        for (let at = 0; at < wanted.length; at += PAGE_ROWS) yield pageOf(columns, wanted.slice(at, at + PAGE_ROWS));
        if (isLast && cursor === lastId) break;
        if (rows.length < PAGE_ROWS) ids = Math.min(MAX_IDS, 2 * ids);
        else ids = FIRST_IDS;
      }
      cursor = Math.min(cursor, limit);
    },
  };
}

/** True for an error that an expression causes, and not the store, the memory or the disk. */
function isOfFilter(error: unknown): error is TelemetryError {
  if (!(error instanceof TelemetryError) || error.kind !== 'sql') return false;
  return !/^(?:Out of Memory|IO|INTERNAL|INTERRUPT|Permission|FATAL) Error/i.test(error.message);
}

/** The id leads every row that the query gives, and is not part of what is shown. */
function idOf(row: Row): number {
  return Number(row[0]);
}

function pageOf(columns: readonly Column[], rows: readonly Row[]): TailPage {
  return { columns: columns.slice(1), rows: rows.map(row => row.slice(1)), lastId: idOf(rows.at(-1)!) };
}

/** Some rows of a result; `isLast` when there are no more. */
interface Page extends Pick<Result, 'columns'> {
  readonly rows: readonly Row[];
  readonly isLast: boolean;
}

/** Reads a page of rows and leaves the rest. */
async function readSome(batches: AsyncIterable<readonly Row[]>, most: number): Promise<Pick<Page, 'rows' | 'isLast'>> {
  const rows: Row[] = [];
  const deadline = performance.now() + PAGE_MS;
  for await (const batch of batches) {
    rows.push(...batch);
    if (rows.length >= most || (most === PAGE_ROWS && rows.length > 0 && performance.now() > deadline)) {
      return { rows, isLast: false };
    }
  }
  return { rows, isLast: true };
}

/** The first id to show for the last `count` events that match. Looks back from the end, in windows that grow. */
async function startOfLast(session: Session, { from }: Selection, fromId: number, count: number): Promise<number> {
  const { lastId } = await session.refresh({ fromId, toId: Infinity });
  if (count === 0) return lastId + 1;
  const found = `select id ${from} and id <= ${lastId} order by id desc limit ${count}`;
  for (let window = FIRST_WINDOW + count; ; window *= WINDOW_GROWTH) {
    const first = Math.max(fromId, lastId - window + 1);
    await session.refresh({ fromId: first });
    const [row] = await rowsOf(await session.query(`select count(*), min(id) from (${found})`));
    if (Number(row?.[0]) === count) return Number(row![1]);
    if (first === fromId) return fromId;
  }
}
