import type { DuckDBConnection, DuckDBPreparedStatement } from '@duckdb/node-api';
import { codeOf, TelemetryError } from '../../core/errors.js';
import type { Result, Row } from '../../core/result.js';
import type { JournalReader } from '../../store/journal/reader.js';
import { COMPUTED_COLUMNS, type Attribute, type ComputedColumn } from '../../core/attribute.js';
import { needsOf, isPlaceholderRead } from '../view/core-needs.js';
import type { LiveView } from '../view/live-view.js';
import type { UserIndex } from '../../store/catalog/user-indexes.js';
import { indexUse, printedIn, probeOf, servedByIndex, type IndexedCoreColumn } from '../index/use.js';
import { neededColumns, planOf, type PlanNode } from '../plan/scanned-columns.js';
import { bracketArrowOperands } from '../sql/arrow-operands.js';
import { bindParameters, withTexts, type Parameters } from '../sql/parameters.js';
import { storableInParquet } from '../sql/parquet-types.js';
import { percentileFunctions } from '../sql/percentiles.js';
import type { SealedDatabase } from '../sandbox/sealed-database.js';
import type { Range } from '../view/range.js';
import { errorOf, interruption, mayBeDamage, unreadable } from './run-errors.js';
import { openScope, type Scope } from './scope.js';
import { takeSnapshot } from '../view/snapshot.js';
import { splitStatements } from '../sql/split-sql.js';
import { quoteText } from '../../store/sql/text.js';
import { isInterrupt, sqlError, unknownColumn } from '../sql/sql-error.js';
import { prepareReading, refuseChanging, withoutExplain } from '../sql/statements.js';
import { readBatches } from '../result/batches.js';
import type { ValueStyle } from '../result/values.js';

export interface RunnerParts {
  readonly dir: string;
  readonly reader: JournalReader;
  readonly view: LiveView;
  readonly connection: DuckDBConnection;
  readonly database: SealedDatabase;
  readonly style: ValueStyle;
  readonly signal: AbortSignal | undefined;
}

/** A result up to this is held until all of it has been read: some ten milliseconds' worth. */
const READ_AHEAD_ROWS = 16_384;

/** Files of no more than this in all are checked before anything is given: it takes some milliseconds, once a session. */
const CHEAP_BYTES = 4 * 1024 * 1024;

/** Files of more than this in all are not read a second time to check them: it would take seconds. */
const MAX_CHECKED_BYTES = 1024 ** 3;

/** A statement that is bound to the columns of one generation of the view. */
interface Prepared {
  readonly sql: string;
  readonly generation: number;
  readonly statement: DuckDBPreparedStatement;
  /** True when it reads streams. */
  readonly streams: boolean;
}

/** What {@link Runner.refresh} found. */
export interface Refreshed {
  /** The highest id that there is, or 0. */
  readonly lastId: number;
  /** Up to this id, events are sealed: a query gives them in no order unless it asks for one. */
  readonly sealedId: number;
  readonly attributes: readonly Attribute[];
}

/** Runs statements that read, one at a time. */
export interface Runner {
  /**
   * Runs one statement that reads. It sees one snapshot, taken now and given back when its rows are read to the end
   * or the iteration is left, so do one or the other. Segments that are found damaged are left out.
   * @param limit how many rows will be read at most.
   * @throws TelemetryError `sql` for what does not bind, fails or is no SELECT or EXPLAIN; `interrupted`; `usage` for a missing parameter.
   */
  query(sql: string, parameters?: Parameters, limit?: number): Promise<Result>;
  /** Binds a statement against the current columns without running it. @throws TelemetryError as {@link query}. */
  check(sql: string): Promise<void>;
  /** Writes a query's rows as Parquet, which loses nothing, to `writable`. Returns how many. @throws TelemetryError as {@link query}. */
  copyTo(file: string, sql: string, parameters?: Parameters, limit?: number): Promise<number>;
  /** Looks for new rows and attributes, cheaply when there are none. `fromId`, `toId` and `since` move the ends of the view. */
  refresh(bounds?: Pick<Range, 'fromId' | 'toId' | 'since'>): Promise<Refreshed>;
  /** Ends the statement under way. */
  stop(): void;
}

/** Runs statements on a caged connection, one at a time, each in one snapshot of the journal. */
export function createRunner({ dir, reader, view, connection, database, style, signal }: RunnerParts): Runner {
  let underWay: Scope | undefined;
  let last: Prepared | undefined;
  /** The statement under way, for its errors. */
  let asked = '';

  const start = (bounds: Range | undefined): Scope => {
    underWay?.end();
    signal?.throwIfAborted();
    const snapshot = takeSnapshot(reader, dir, () => view.needsSegments(bounds));
    return (underWay = openScope(snapshot, connection, database, signal));
  };
  const failed = (error: unknown): unknown => {
    if (signal?.aborted && (isInterrupt(error) || error === signal.reason)) return interruption(signal);
    if (codeOf(error)?.startsWith('SQLITE_')) return unreadable(error);
    return sqlError(error, view.attributes, asked);
  };
  /** Binds a statement, once the values that its plan reads are in the view. */
  const prepareWithValues = async (sql: string, parameters: Parameters): Promise<DuckDBPreparedStatement> => {
    refuseChanging(sql);
    try {
      if (view.hasStandIns) await view.need(await neededColumns(connection, withoutExplain(sql), parameters));
    } catch (error) {
      // What does not bind here does not bind below either, where the line and the caret are those of the user's text.
      (await prepareReading(connection, sql)).destroySync();
      throw error;
    }
    return prepareReading(connection, sql);
  };
  const define = percentileFunctions(connection);
  const begin = (sql: string): Promise<void> => {
    asked = sql;
    return define(sql);
  };
  /** A statement that is run again and again (tail) is bound once, until the columns change. */
  const prepare = async (sql: string, parameters: Parameters): Promise<Prepared> => {
    await view.show(needsOf(sql));
    if (last?.sql === sql && last.generation === view.generation) return last;
    last?.statement.destroySync();
    last = undefined;
    view.scope.readsStreams = false;
    const statement = await prepareWithValues(single(sql), parameters);
    return (last = { sql, generation: view.generation, statement, streams: view.scope.readsStreams });
  };
  /** The core columns of a statement that an index serves, and how its plan has them. */
  const indexedCoreColumns = async (
    indexes: readonly UserIndex[],
    needed: readonly ComputedColumn[],
  ): Promise<IndexedCoreColumn[]> => {
    const found: IndexedCoreColumn[] = [];
    for (const { name, attribute } of servedByIndex(needed, indexes, view.registered)) {
      const printed = printedIn(await planOf(connection, probeOf(name), {}));
      if (printed !== undefined) found.push({ name, attribute, printed });
    }
    return found;
  };
  /** Reads by index what the plan of a statement shows that an index finds. */
  const useIndexes = async (sql: string, parameters: Parameters): Promise<void> => {
    const indexes = view.indexes();
    let plan: PlanNode[] = [];
    try {
      if (indexes.length > 0) plan = await planOf(connection, withoutExplain(sql), parameters);
    } catch {
      // A statement that has no plan (SHOW) reads no event; any other mistake shows when it is run.
    }
    const core = await indexedCoreColumns(indexes, needsOf(sql).core);
    view.useIndexes(indexUse(sql, plan, indexes, view.registered, core));
  };
  /** Whether some segments were damaged, which are left out from now on: then it is worth to try again. */
  const leavesOutDamaged = async (bounds: Range | undefined, again: boolean): Promise<boolean> => {
    const scope = start(bounds);
    try {
      await view.refresh(bounds);
      return await view.leaveOutDamaged(again);
    } finally {
      scope.end();
    }
  };
  /** Gives the view what a statement turned out to read; false when the error has another cause. */
  const showsMore = async (error: unknown, bounds: Range | undefined): Promise<boolean> => {
    const unknown = unknownColumn(error);
    if (!isPlaceholderRead(error) && unknown === undefined) return false;
    const scope = start(bounds);
    try {
      await view.refresh(bounds);
      if (unknown !== undefined) return await view.showDocumented(unknown);
      await view.show({ core: COMPUTED_COLUMNS, typeViews: [] });
      return true;
    } finally {
      scope.end();
    }
  };
  /** Runs `work` in a scope, which ends with it unless it hands it on. */
  const inScope = async <T>(work: (scope: Scope) => Promise<T>, bounds?: Range): Promise<T> => {
    for (;;) {
      let scope: Scope | undefined;
      try {
        scope = start(bounds);
        await view.refresh(bounds);
        return await work(scope);
      } catch (error) {
        scope?.end();
        if (await showsMore(error, bounds)) continue;
        if (signal?.aborted || !mayBeDamage(error) || !(await leavesOutDamaged(bounds, true))) throw failed(error);
      }
    }
  };
  /**
   * A long result is given once the files that it is read from have been checked: what has been given cannot be taken
   * back. A short one is read to its end first, which finds what is damaged by itself.
   */
  const readSoundly = async (result: Result, limit: number): Promise<Result | undefined> => {
    const batches = result.batches[Symbol.asyncIterator]();
    const ahead: (readonly Row[])[] = [];
    const size = view.plan.segments.reduce((sum, { bytes }) => sum + bytes, 0);
    const mostAhead = size === 0 ? 0 : size <= CHEAP_BYTES ? 1 : READ_AHEAD_ROWS;
    const enough = Math.min(limit, mostAhead);
    let next = await batches.next();
    for (let rows = 0; next.done !== true && (rows += next.value.length) < enough; next = await batches.next()) {
      ahead.push(next.value);
    }
    const isLong = next.done !== true && mostAhead > 0 && next.value.length < limit && enough === mostAhead;
    if (isLong && size <= MAX_CHECKED_BYTES && (await view.leaveOutDamaged(false))) {
      await batches.return?.();
      return undefined;
    }
    async function* all(): AsyncGenerator<readonly Row[]> {
      try {
        yield* ahead;
        for (; next.done !== true; next = await batches.next()) yield next.value;
      } finally {
        await batches.return?.();
      }
    }
    return { columns: result.columns, batches: all() };
  };
  const run = (sql: string, given: Parameters, limit: number): Promise<Result | undefined> =>
    inScope(async scope => {
      await begin(sql);
      const { statement, streams } = await prepare(sql, given);
      const parameters = await withTexts(connection, single(sql), statement, given);
      await useIndexes(single(sql), parameters);
      bindParameters(statement, parameters);
      scope.narrow({ ...view.scope, streams });
      const why = (): Promise<unknown> => errorOf(connection, single(sql), parameters, signal);
      const result = readBatches(await statement.stream(), style, { end: scope.end, failed, why });
      return readSoundly(result, limit);
    });

  return {
    async query(sql, parameters = {}, limit = Infinity) {
      for (;;) {
        const result = await run(sql, parameters, limit);
        if (result) return result;
      }
    },
    check: sql =>
      inScope(async scope => {
        await begin(sql);
        await view.show(needsOf(sql));
        (await prepareReading(connection, single(sql))).destroySync();
        scope.end();
      }),
    copyTo: (file, sql, given = {}, limit) =>
      inScope(async scope => {
        await begin(sql);
        const text = single(sql);
        const { statement, streams } = await prepare(sql, given);
        const parameters = await withTexts(connection, text, statement, given);
        await useIndexes(text, parameters);
        scope.narrow({ ...view.scope, streams });
        const rows = limit === undefined ? text : `select * from (\n${text}\n) limit ${limit}`;
        const stored = await storableInParquet(connection, rows, parameters);
        const copy = await connection.prepare(
          `copy (\n${stored}\n) to ${quoteText(file)} (format parquet, use_tmp_file false)`,
        );
        try {
          bindParameters(copy, parameters);
          return (await copy.run()).rowsChanged;
        } finally {
          copy.destroySync();
          scope.end();
        }
      }),
    refresh: bounds =>
      inScope(scope => {
        scope.end();
        const { lastId, sealedId, attributes } = view;
        return Promise.resolve({ lastId, sealedId, attributes });
      }, bounds),
    stop() {
      underWay?.end();
      last?.statement.destroySync();
      last = undefined;
    },
  };
}

function single(sql: string): string {
  const statements = splitStatements(sql);
  if (statements.length === 1) return bracketArrowOperands(statements[0]!);
  throw new TelemetryError(
    'sql',
    statements.length === 0
      ? 'there is no SQL statement to run'
      : `one statement at a time: there are ${statements.length}`,
  );
}
