import type { DuckDBConnection } from '@duckdb/node-api';
import { codeOf, TelemetryError } from '../../core/errors.js';
import type { Result } from '../../core/result.js';
import { VIEW_NAMES } from '../../core/view-names.js';
import type { JournalReader } from '../../store/journal/reader.js';
import type { Attribute } from '../../core/attribute.js';
import { ALL_COLUMNS, isPlaceholderRead } from '../view/core-needs.js';
import type { LiveView } from '../view/live-view.js';
import { planIndexUse } from './plan-index-use.js';
import { bracketArrowOperands } from '../sql/arrow-operands.js';
import { bindParameters, parameterNames, withTypes, type Parameters } from '../sql/parameters.js';
import type { SealedDatabase } from '../sandbox/sealed-database.js';
import type { Range } from '../view/range.js';
import { checkAhead } from './check-ahead.js';
import { copyRows, type CopyOptions } from './copy-rows.js';
import { Preparer, type Prepared } from './preparer.js';
import { errorOf, interruption, mayBeDamage, unreadable } from './run-errors.js';
import { openScope, type Scope } from './scope.js';
import { takeSnapshot } from '../view/snapshot.js';
import { splitStatements } from '../sql/split-sql.js';
import { isBindError, isInterrupt, sqlError, unknownColumn } from '../sql/sql-error.js';
import { prepareReading } from '../sql/statements.js';
import { readBatches } from '../result/batches.js';
import type { ValueStyle } from '../result/values.js';

export interface RunnerParts {
  /** The store's directory. */
  readonly dir: string;
  readonly reader: JournalReader;
  readonly view: LiveView;
  readonly connection: DuckDBConnection;
  readonly database: SealedDatabase;
  readonly style: ValueStyle;
  readonly signal: AbortSignal | undefined;
  /** Defines the functions of this program that a statement calls. */
  readonly defineFunctions: (sql: string) => Promise<void>;
}

/** Bounds that {@link Runner.refresh} can move. */
export type MovedBounds = Pick<Range, 'fromId' | 'toId' | 'since' | 'windows'>;

/** The state of the store after {@link Runner.refresh}. */
export interface Refreshed {
  /** The highest id of the store, or 0. */
  readonly lastId: number;
  /** Up to this id, events are sealed: a query returns them unordered unless it has an ORDER BY. */
  readonly sealedId: number;
  readonly attributes: readonly Attribute[];
}

/** A statement that binds: the names of its columns, and of the parameters that it takes. */
export interface Bound {
  readonly columns: readonly string[];
  readonly parameters: readonly string[];
}

/** A statement that is bound, with its parameters, ready to run. */
interface Planned extends Prepared {
  readonly text: string;
  readonly parameters: Parameters;
}

/** A statement that may set the seed of `random()` and `uuid()`: the one state that a SELECT leaves in a connection. */
const SETS_SEED = /setseed/i;

/**
 * Runs reading statements on a sandboxed connection, one at a time, each in one snapshot of the store. A statement takes
 * this way: {@link #inScope} (snapshot, retries) -> {@link #plan} (view, binding, indexes) -> DuckDB -> rows.
 */
export class Runner {
  readonly #parts: RunnerParts;
  readonly #preparer: Preparer;
  #underWay: Scope | undefined;
  /** The statement under way, for its errors. */
  #sql = '';
  #hasFailed = false;
  /** True when a statement may have changed the state of the connection. */
  #hasSeed = false;

  constructor(parts: RunnerParts) {
    this.#parts = parts;
    this.#preparer = new Preparer(parts.connection, parts.view);
  }

  /**
   * Runs one statement that reads. It sees one snapshot, taken now and released when its rows are read to the end or the
   * iteration is left, so do one or the other. Segments that are found damaged are left out.
   * @param limit the number of rows that will be read at most.
   * @throws TelemetryError `sql` for a statement that does not bind, that fails, or that is neither SELECT nor EXPLAIN;
   *   `interrupted`; `usage` for a missing parameter.
   */
  async query(sql: string, parameters: Parameters = {}, limit = Infinity): Promise<Result> {
    for (;;) {
      const result = await this.#inScope(scope => this.#start(scope, sql, parameters, limit));
      if (result) return result;
    }
  }

  /** Binds a statement against the current columns without running it. @throws TelemetryError as {@link query}. */
  check(sql: string): Promise<Bound> {
    const { connection, view } = this.#parts;
    return this.#inScope(async scope => {
      await this.#begin(sql);
      await view.show(view.needsOf(sql));
      const statement = await prepareReading(connection, single(sql));
      try {
        const columns = Array.from({ length: statement.columnCount }, (_, i) => statement.columnName(i));
        return { columns, parameters: parameterNames(statement) };
      } finally {
        statement.destroySync();
        scope.end();
      }
    });
  }

  /**
   * Writes a query's rows to `file`, which the sandbox must let it write: as Parquet, without loss, or as lines of text.
   * @returns the number of rows.
   * @throws TelemetryError as {@link query}.
   */
  copyTo(file: string, sql: string, options: CopyOptions = {}): Promise<number> {
    const { connection } = this.#parts;
    const { parameters = {}, limit } = options;
    return this.#writing(sql, parameters, (text, bound) => {
      const rows = limit === undefined ? text : `select * from (\n${text}\n) limit ${limit}`;
      return copyRows(connection, file, rows, { ...options, parameters: bound });
    });
  }

  /** Inserts a query's rows into a table of a database that {@link execute} attached. Returns their number. */
  insertInto(table: string, sql: string): Promise<number> {
    const { connection } = this.#parts;
    return this.#writing(sql, {}, async text => (await connection.run(`insert into ${table}\n${text}`)).rowsChanged);
  }

  /** Runs a statement of this program, which reads no table of the store. Users' statements never come here. */
  async execute(sql: string): Promise<void> {
    this.#preparer.close();
    await this.#parts.connection.run(sql);
  }

  /** Runs `write` on the planned text of a statement, in one snapshot. */
  #writing<T>(sql: string, given: Parameters, write: (text: string, parameters: Parameters) => Promise<T>): Promise<T> {
    return this.#inScope(async scope => {
      const { text, parameters } = await this.#plan(scope, sql, given);
      try {
        return await write(text, parameters);
      } finally {
        scope.end();
      }
    });
  }

  /** Takes in new rows and attributes; cheap when nothing is new. `bounds` move the ends of the view. */
  refresh(bounds?: MovedBounds): Promise<Refreshed> {
    return this.#inScope(scope => {
      scope.end();
      const { rows, attributes } = this.#parts.view;
      const { lastId, sealedId } = rows;
      return Promise.resolve({ lastId, sealedId, attributes });
    }, bounds);
  }

  /** True when all statements were read to the end, none failed, and none leaves a trace. */
  get isClean(): boolean {
    return (
      !this.#hasFailed && !this.#hasSeed && this.#underWay?.isOpen !== true && this.#parts.signal?.aborted !== true
    );
  }

  /** Ends the statement under way. */
  stop(): void {
    this.#underWay?.end();
    this.#preparer.close();
  }

  /** Starts a statement; undefined when damaged segments were left out, so that it has to start again. */
  async #start(scope: Scope, sql: string, given: Parameters, limit: number): Promise<Result | undefined> {
    const { connection, style, view, signal } = this.#parts;
    const { statement, text, parameters } = await this.#plan(scope, sql, given);
    bindParameters(statement, parameters);
    const result = readBatches(await statement.stream(), style, {
      end: scope.end,
      failed: error => this.#errorFor(error),
      why: () => errorOf(connection, text, parameters, signal),
    });
    return checkAhead(result, view, limit);
  }

  /** Binds a statement, chooses the indexes that it reads by, and narrows the snapshot to its rows. */
  async #plan(scope: Scope, sql: string, given: Parameters): Promise<Planned> {
    const { connection, view } = this.#parts;
    await this.#begin(sql);
    const text = single(sql);
    const prepared = await this.#preparer.prepare(text, given);
    const parameters = await withTypes(connection, text, prepared.statement, given);
    const known = { indexes: view.rows.indexes(), attributes: view.registered };
    view.rows.useIndexes(await planIndexUse(connection, text, parameters, view.needsOf(text).core, known));
    scope.narrow({ ...view.rows.span, streams: prepared.streams });
    return { ...prepared, text, parameters };
  }

  #begin(sql: string): Promise<void> {
    this.#sql = sql;
    this.#hasSeed ||= SETS_SEED.test(sql);
    return this.#parts.defineFunctions(sql);
  }

  /** Runs `work` in a scope on a fresh view, again when the view lacked a column or had damaged segments. */
  async #inScope<T>(work: (scope: Scope) => Promise<T>, bounds?: MovedBounds): Promise<T> {
    const { view, signal } = this.#parts;
    for (;;) {
      let scope: Scope | undefined;
      try {
        scope = this.#openScope(bounds);
        await view.refresh(bounds);
        return await work(scope);
      } catch (error) {
        scope?.end();
        if (await this.#showsMore(error, bounds)) continue;
        if (signal?.aborted || !mayBeDamage(error) || !(await this.#leavesOutDamaged(bounds))) {
          throw this.#errorFor(error);
        }
      }
    }
  }

  #openScope(bounds: MovedBounds | undefined): Scope {
    const { dir, reader, view, connection, database, signal } = this.#parts;
    this.#underWay?.end();
    signal?.throwIfAborted();
    const snapshot = takeSnapshot(reader, dir, () => view.needsSegments(bounds));
    return (this.#underWay = openScope(snapshot, connection, database, signal));
  }

  /** Changes the view in a scope that ends with the change. */
  async #inView<T>(bounds: MovedBounds | undefined, change: (view: LiveView) => Promise<T>): Promise<T> {
    const scope = this.#openScope(bounds);
    try {
      await this.#parts.view.refresh(bounds);
      return await change(this.#parts.view);
    } finally {
      scope.end();
    }
  }

  /** Adds the columns that a statement turned out to read; false when the error has another cause. */
  async #showsMore(error: unknown, bounds: MovedBounds | undefined): Promise<boolean> {
    // DuckDB names other columns in its errors.
    if (isBindError(error) && (await this.#inView(bounds, view => view.widen()))) return true;
    const unknown = unknownColumn(error);
    if (unknown !== undefined) return this.#inView(bounds, view => view.showDocumented(unknown));
    if (!isPlaceholderRead(error)) return false;
    return this.#inView(bounds, async view => {
      await view.show(ALL_COLUMNS);
      return true;
    });
  }

  /** True when segments were damaged; they are left out from now on. */
  #leavesOutDamaged(bounds: MovedBounds | undefined): Promise<boolean> {
    return this.#inView(bounds, view => view.leaveOutDamaged(true));
  }

  /** The error that the user sees for one that was thrown while a statement ran. */
  #errorFor(error: unknown): unknown {
    const { signal, view } = this.#parts;
    this.#hasFailed = true;
    if (signal?.aborted && (isInterrupt(error) || error === signal.reason)) return interruption(signal);
    if (codeOf(error)?.startsWith('SQLITE_')) return unreadable(error);
    return (
      view.named.errorFor(error) ??
      sqlError(error, view.attributes, this.#sql, [...VIEW_NAMES, ...view.objects.map(({ name }) => name)])
    );
  }
}

/** The text of the one statement in `sql`. @throws TelemetryError `sql` for none or several. */
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
