/** The shares of the percentile functions, by name. */
const SHARES = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99 } as const;

/** The names of the percentile functions. */
export const PERCENTILE_NAMES: readonly string[] = Object.keys(SHARES);

/** SQL that defines p50, p90, p95 and p99. */
export const PERCENTILE_MACROS = Object.entries(SHARES)
  .map(([name, share]) => `create macro if not exists ${name}(x) as quantile_cont(x, ${share})`)
  .join('; ');
