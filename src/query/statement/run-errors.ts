import type { DuckDBConnection, DuckDBPreparedStatement } from '@duckdb/node-api';
import { codeOf, messageOf, TelemetryError } from '../../core/errors.js';
import { bindParameters, type Parameters } from '../sql/parameters.js';
import { withoutExplain } from '../sql/statements.js';

/** Runs a failed statement again to get its error. ANALYZE discards the rows, which a result would keep. */
export async function errorOf(
  connection: DuckDBConnection,
  sql: string,
  parameters: Parameters,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  let statement: DuckDBPreparedStatement | undefined;
  try {
    signal?.throwIfAborted();
    statement = await connection.prepare(`explain analyze ${withoutExplain(sql)}`);
    bindParameters(statement, parameters);
    await statement.run();
  } catch (error) {
    return error;
  } finally {
    statement?.destroySync();
  }
  return new Error('Execution Error: the result ended before all of its rows were read');
}

/** True when damaged files can be the cause: not when DuckDB failed before reading, or when the journal failed. */
export function mayBeDamage(error: unknown): boolean {
  const cause = error instanceof TelemetryError ? error.cause : error;
  if (cause === undefined || codeOf(cause)?.startsWith('SQLITE_')) return false;
  return !/^(?:Parser|Binder|Catalog|INTERRUPT|Permission|Out of Memory) Error/.test(messageOf(cause));
}

/** The error of a store that SQLite cannot read. */
export function unreadable(error: unknown): TelemetryError {
  return new TelemetryError('failure', `cannot read the store: ${messageOf(error)}`, { cause: error });
}

/** The error of a stopped query: the abort reason when it is a TelemetryError, else `interrupted`. */
export function interruption(signal: AbortSignal): TelemetryError {
  if (signal.reason instanceof TelemetryError) return signal.reason;
  return new TelemetryError('interrupted', 'the query was interrupted', { cause: signal.reason });
}
