import type { DuckDBConnection } from '@duckdb/node-api';
import { tokensOf } from './split-sql.js';

/** The shares of the functions, by name. */
const SHARES = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99 } as const;

const MACROS = Object.entries(SHARES)
  .map(([name, share]) => `create macro if not exists ${name}(x) as quantile_cont(x, ${share})`)
  .join('; ');

/**
 * Returns a function to call before a statement is bound. It defines p50, p90, p95 and p99 for the first statement that
 * uses them: defining takes some milliseconds, which the others save.
 */
export function percentileFunctions(connection: DuckDBConnection): (sql: string) => Promise<void> {
  let isDefined = false;
  return async sql => {
    if (isDefined || !usesPercentiles(sql)) return;
    await connection.run(MACROS);
    isDefined = true;
  };
}

/** True for a statement that calls one of the functions. */
function usesPercentiles(sql: string): boolean {
  if (!/\bp(?:50|90|95|99)\b/i.test(sql)) return false;
  const tokens = tokensOf(sql);
  return tokens.some(({ text }, i) => Object.hasOwn(SHARES, text.toLowerCase()) && tokens[i + 1]?.text === '(');
}
