import type { DuckDBConnection, DuckDBPreparedStatement } from '@duckdb/node-api';
import { neededColumns } from '../plan/scanned-columns.js';
import type { Parameters } from '../sql/parameters.js';
import { rowConditions, type RowCondition } from '../sql/row-conditions.js';
import { prepareReading, refuseChanging, withoutExplain } from '../sql/statements.js';
import type { LiveView } from '../view/live-view.js';

/** A statement that is bound to the columns of one generation of the view. */
export interface Prepared {
  readonly sql: string;
  readonly generation: number;
  readonly statement: DuckDBPreparedStatement;
  /** True when it reads streams. */
  readonly streams: boolean;
}

/** Binds statements. One that runs again and again, as tail's does, is bound once, until the columns change. */
export class Preparer {
  readonly #connection: DuckDBConnection;
  readonly #view: LiveView;
  #last: Prepared | undefined;
  /** The conditions of the last statement with its parameters. */
  #conditions: { readonly of: string; readonly all: readonly RowCondition[] } | undefined;

  constructor(connection: DuckDBConnection, view: LiveView) {
    this.#connection = connection;
    this.#view = view;
  }

  /** Makes the view fit a single statement and binds it. The statement is valid until the next call. */
  async prepare(sql: string, parameters: Parameters): Promise<Prepared> {
    await this.#view.show(this.#view.needsOf(sql), await this.#conditionsOf(sql, parameters));
    if (this.#last?.sql === sql && this.#last.generation === this.#view.generation) return this.#last;
    this.close();
    const [statement, streams] = await this.#view.watchStreams(() => this.#bind(sql, parameters));
    return (this.#last = { sql, generation: this.#view.generation, statement, streams });
  }

  /** Destroys the last statement. */
  close(): void {
    this.#last?.statement.destroySync();
    this.#last = undefined;
  }

  async #conditionsOf(sql: string, parameters: Parameters): Promise<readonly RowCondition[]> {
    const of = JSON.stringify([sql, parameters]);
    if (this.#conditions?.of !== of) {
      this.#conditions = { of, all: await rowConditions(this.#connection, withoutExplain(sql), parameters) };
    }
    return this.#conditions.all;
  }

  /** Binds a statement after the values that its plan reads were put into the view. */
  async #bind(sql: string, parameters: Parameters): Promise<DuckDBPreparedStatement> {
    refuseChanging(sql);
    try {
      if (this.#view.hasPlaceholders) {
        await this.#view.need(await neededColumns(this.#connection, withoutExplain(sql), parameters));
      }
    } catch (error) {
      // The same statement fails below too, and there the line and the caret are those of the user's text.
      (await prepareReading(this.#connection, sql)).destroySync();
      throw error;
    }
    return prepareReading(this.#connection, sql);
  }
}
