import type { DuckDBConnection } from '@duckdb/node-api';
import { TEMPLATE_FUNCTION, TEMPLATE_MACROS } from './message-template.js';
import { PERCENTILE_MACROS, PERCENTILE_NAMES } from './percentiles.js';
import { tokensOf } from './split-sql.js';

/** Functions that one script defines. */
interface Library {
  /** In lower case. */
  readonly names: readonly string[];
  readonly macros: string;
}

const LIBRARIES: readonly Library[] = [
  { names: PERCENTILE_NAMES, macros: PERCENTILE_MACROS },
  { names: [TEMPLATE_FUNCTION], macros: TEMPLATE_MACROS },
];

/**
 * Returns a function to call before a statement is bound. It defines those of our SQL functions that the statement calls,
 * once each: defining takes some milliseconds, which other statements save.
 */
export function ownFunctions(connection: DuckDBConnection): (sql: string) => Promise<void> {
  const missing = new Set(LIBRARIES);
  return async sql => {
    for (const library of missing) {
      if (!calls(sql, library.names)) continue;
      await connection.run(library.macros);
      missing.delete(library);
    }
  };
}

/** True for a statement that calls one of the functions. */
function calls(sql: string, names: readonly string[]): boolean {
  const lower = sql.toLowerCase();
  if (!names.some(name => lower.includes(name))) return false;
  const tokens = tokensOf(lower);
  return tokens.some(({ text }, i) => names.includes(text) && tokens[i + 1]?.text === '(');
}
