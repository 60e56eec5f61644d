import type { DuckDBConnection } from '@duckdb/node-api';
import { messageOf, TelemetryError } from '../../core/errors.js';
import { quoteName } from '../../store/sql/text.js';
import type { NamedView } from './named-views.js';

const MISSING_TABLE = /Table with name "?([^"\s]+)"? does not exist/;

/** The named views that the statements of a session have read so far. */
export class ShownViews {
  readonly #connection: DuckDBConnection;
  /** In an order in which they can be created. */
  readonly #views = new Map<string, NamedView>();
  readonly #errors = new Map<string, unknown>();

  constructor(connection: DuckDBConnection) {
    this.#connection = connection;
  }

  get isEmpty(): boolean {
    return this.#views.size === 0;
  }

  /** Adds views, or new definitions. Returns true when {@link create} has something to do. */
  add(views: readonly NamedView[]): boolean {
    const isChanged = views.some(({ name, sql, problem }) => {
      const before = this.#views.get(name);
      return before?.sql !== sql || before.problem?.message !== problem?.message;
    });
    if (isChanged) {
      for (const view of views) {
        this.#views.delete(view.name);
        this.#views.set(view.name, view);
      }
    }
    return isChanged;
  }

  /**
   * Creates views over the present `events`. A failure is kept for {@link errorFor}: a word may be no view's name.
   * @param views by default all.
   */
  async create(views: Iterable<NamedView> = this.#views.values()): Promise<void> {
    this.#errors.clear();
    for (const { name, sql, problem } of views) {
      try {
        if (problem) throw problem;
        await this.#connection.run(`create or replace view ${quoteName(name)} as ${sql}`);
      } catch (error) {
        this.#errors.set(name.toLowerCase(), error);
        await this.#connection.run(`drop view if exists ${quoteName(name)}`);
      }
    }
  }

  /** The error of the view that a statement failed to find, or of the one behind it; undefined for any other error. */
  errorFor(error: unknown): TelemetryError | undefined {
    let found: { readonly name: string; readonly cause: unknown } | undefined;
    const seen = new Set<string>();
    for (let current = error; ;) {
      const name = MISSING_TABLE.exec(messageOf(current))?.[1]?.toLowerCase();
      if (name === undefined || seen.has(name) || !this.#errors.has(name)) break;
      seen.add(name);
      current = this.#errors.get(name);
      found = { name, cause: current };
    }
    if (found === undefined) return undefined;
    const { name, cause } = found;
    if (cause instanceof TelemetryError) return cause;
    return new TelemetryError('sql', `the view ${name} cannot be read: ${messageOf(cause)}`, {
      remedy: `See its definition with \`telemetry view show ${name}\`.`,
      cause,
    });
  }
}
