import type { Column, Result, Row } from '../../core/result.js';
import { rowsOf } from '../../query/result/rows.js';
import type { Session } from '../../query/session.js';
import { TelemetryError } from '../../core/errors.js';
import { locatedError } from '../../query/predicate.js';
import { ContextWindow, type Chosen } from './context.js';
import { select, selectAgain, selectLeniently, type Selection, type Wanted } from './selection.js';

/** The start of a tail. */
export interface Start {
  /** The first id that may be shown. */
  readonly fromId: number;
  /** Maximum number of past events; undefined shows all. */
  readonly last: number | undefined;
  /** The context of an earlier scan that this one continues. */
  readonly context?: ContextWindow | undefined;
}

/** Events in id order: the columns asked for, in rows as of {@link Result}. */
export interface TailPage {
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  /** Indices of the rows that begin a group of a context; empty without a context. */
  readonly groupStarts: readonly number[];
  /** The id of the last row. */
  readonly lastId: number;
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

type OnChange = (now: Selection, before: Selection | undefined) => Promise<void>;

/**
 * Begins to read at `start`. The session is the scan's from now on; the caller closes it.
 * @param earlier the selection of an earlier scan: its filter was fine then, and does not end this one.
 * @throws TelemetryError `sql` when a filter without `earlier` does not bind, or fails for a past event.
 */
export async function openScan(
  session: Session,
  wanted: Wanted,
  { fromId, last, context = newContext(wanted) }: Start,
  onChange: OnChange,
  earlier?: Selection,
): Promise<Scan> {
  const selection = earlier ? await selectAgain(session, wanted, earlier) : await select(session, wanted);
  await onChange(selection, earlier);
  const first =
    last === undefined
      ? fromId
      : await startOfLast(session, selection, fromId, last)
          .then(found => beforeContext(session, wanted.context ?? 0, fromId, found))
          .catch((error: unknown) => {
            throw locatedError(error, wanted.filter ?? '', '--filter');
          });
  return new Scan({ session, wanted, selection, onChange, context, nextId: first, wasFine: earlier !== undefined });
}

function newContext({ context = 0 }: Wanted): ContextWindow | undefined {
  return context > 0 ? new ContextWindow(context) : undefined;
}

interface ScanParts {
  readonly session: Session;
  readonly wanted: Wanted;
  readonly selection: Selection;
  readonly onChange: OnChange;
  readonly context: ContextWindow | undefined;
  readonly nextId: number;
  readonly wasFine: boolean;
}

/** Reads the events that are wanted, each once, from where it stopped before. */
export class Scan {
  readonly #session: Session;
  readonly #wanted: Wanted;
  readonly #onChange: OnChange;
  /** Undefined without a context. */
  readonly context: ContextWindow | undefined;
  #selection: Selection;
  /** The last id that has been read. */
  #cursor: number;
  /** True once the filter was computed for events without an error. */
  #wasFine: boolean;

  constructor({ session, wanted, selection, onChange, context, nextId, wasFine }: ScanParts) {
    this.#session = session;
    this.#wanted = wanted;
    this.#selection = selection;
    this.#onChange = onChange;
    this.context = context;
    this.#cursor = nextId - 1;
    this.#wasFine = wasFine;
  }

  get selection(): Selection {
    return this.#selection;
  }

  /** The first id that has not been read. */
  get nextId(): number {
    return this.#cursor + 1;
  }

  /**
   * The events that have come since it was last read to the end; with `isOnce`, none that come while it is read: those
   * are read next.
   */
  async *pages(isOnce: boolean): AsyncGenerator<TailPage> {
    const limit = isOnce ? (await this.#session.refresh({ toId: Infinity })).lastId : Infinity;
    let ids = FIRST_IDS;
    while (this.#cursor < limit) {
      const toId = this.#cursor + ids;
      const { lastId } = await this.#session.refresh({ fromId: this.#cursor + 1, toId });
      if (lastId <= this.#cursor) break;
      const page = await this.#read();
      this.#moveTo(page, Math.min(toId, lastId));
      const { columns, rows, isLast } = page;
      yield* this.#shownPages(columns, isOnce ? rows.filter(row => idOf(row) <= limit) : rows);
      if (isLast && this.#cursor === lastId) break;
      ids = rows.length < PAGE_ROWS ? Math.min(MAX_IDS, 2 * ids) : FIRST_IDS;
    }
    this.#cursor = Math.min(this.#cursor, limit);
  }

  /** Pages of the rows that match or are near a match, without the column that marks matches. */
  *#shownPages(columns: readonly Column[], rows: readonly Row[]): Generator<TailPage> {
    const isContext = this.context !== undefined;
    const chosen = this.context?.choose(rows, row => row.at(-1) === 'true') ?? { rows, groupStarts: [] };
    const shown = isContext ? columns.slice(0, -1) : columns;
    for (let at = 0; at < chosen.rows.length; at += PAGE_ROWS) {
      const page = pageOf(shown, chosen, at);
      yield isContext ? { ...page, rows: page.rows.map(row => row.slice(0, -1)) } : page;
    }
  }

  /** @param end the last id that the query could give */
  #moveTo({ rows, isLast }: Page, end: number): void {
    const [first] = rows;
    const last = rows.at(-1);
    if (first && idOf(first) <= this.#cursor) throw new Error(`events after ${this.#cursor} came out of order`);
    this.#cursor = Math.max(this.#cursor, last ? idOf(last) : 0, isLast ? end : 0);
  }

  /**
   * Runs the query and reads a page of its rows. Binds it again when columns have changed since, and once more
   * leniently when the filter fails for an event: such an event does not match.
   */
  async #read(): Promise<Page> {
    for (;;) {
      try {
        const sorts = this.#isSorted();
        const { columns, batches } = await this.#session.query(sorts ? this.#selection.sortedSql : this.#selection.sql);
        // The events may have been sealed since the selection was chosen.
        if (this.#isBound() && (sorts || !this.#isSorted())) {
          const page = await readSome(batches, sorts ? MAX_SORTED_ROWS : PAGE_ROWS);
          this.#wasFine = true;
          return { columns, ...page };
        }
        if (this.#isBound()) continue;
      } catch (error) {
        if (this.#isBound()) {
          await this.#selectLeniently(error);
          continue;
        }
      }
      await this.#change(await selectAgain(this.#session, this.#wanted, this.#selection));
    }
  }

  /**
   * Selects leniently: an event does not match when the filter fails for it.
   * @throws `error` when the filter is not its cause
   */
  async #selectLeniently(error: unknown): Promise<void> {
    if (!isOfFilter(error) || this.#selection.leniency === 'never') throw error;
    const located = locatedError(error, this.#wanted.filter ?? '', '--filter');
    if (!this.#wasFine) throw located;
    await this.#change(await selectLeniently(this.#session, this.#wanted, this.#selection, located));
  }

  async #change(now: Selection): Promise<void> {
    const before = this.#selection;
    this.#selection = now;
    await this.#onChange(now, before);
  }

  /** True while the columns are those of when the selection was bound. */
  #isBound(): boolean {
    return this.#session.attributes === this.#selection.attributes;
  }

  #isSorted(): boolean {
    return !this.#selection.streams || this.#session.plan.segments.length > 0;
  }
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

/** @param at the index of the first row of the page */
function pageOf(columns: readonly Column[], chosen: Chosen, at: number): TailPage {
  const rows = chosen.rows.slice(at, at + PAGE_ROWS);
  return {
    columns: columns.slice(1),
    rows: rows.map(row => row.slice(1)),
    groupStarts: chosen.groupStarts.map(index => index - at).filter(index => index >= 0 && index < rows.length),
    lastId: idOf(rows.at(-1)!),
  };
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

/** The first id to read for a context before an event. */
async function beforeContext(session: Session, context: number, fromId: number, first: number): Promise<number> {
  if (context === 0 || first <= fromId) return first;
  return startOfLast(session, { from: `from events where id < ${first}` }, fromId, context);
}

/** The first id to show for the last `count` events that match. Looks back from the end, in windows that grow. */
async function startOfLast(
  session: Session,
  { from }: Pick<Selection, 'from'>,
  fromId: number,
  count: number,
): Promise<number> {
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
