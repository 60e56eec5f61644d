import { basename } from 'node:path';
import { EXIT, TelemetryError } from '../../../core/errors.js';
import { assertionsOf, type Assertion } from '../../../consumers/assert/assertion.js';
import { awaitVerdict } from '../../../consumers/assert/await-verdict.js';
import { tokensOf } from '../../../query/sql/split-sql.js';
import type { Context } from '../../shared/context.js';
import { damagedSegmentWarning } from '../../shared/damaged-segment-warning.js';
import { endInTime } from '../../shared/forced-end.js';
import { noSql, readParametrizedSql } from '../../shared/sql-source.js';
import { withTimeout } from '../query/timeout.js';
import type { AssertOptions } from './options.js';
import { printOutcomes, type Outcome } from './report.js';

/** Checks the statements of the options, prints the outcome of each, and sets the exit code. */
export async function run(options: AssertOptions, context: Context): Promise<void> {
  const { sql, parameters } = await readParametrizedSql(options, options.parameters, context);
  const assertions = assertionsOf(sql);
  if (assertions.length === 0) throw noSql();
  const outcomes = await checkAll(assertions, { ...options, parameters }, context);
  const [only] = outcomes;
  if (outcomes.length === 1 && only?.error && options.format === 'text') throw only.error;
  const suite = options.file === undefined || options.file === '-' ? 'telemetry assert' : basename(options.file);
  await printOutcomes(options.format, suite, outcomes, context.streams);
  context.exitWith(exitCodeOf(outcomes));
}

/** The checks of {@link AssertOptions} that do not depend on where the SQL comes from. */
export type Checks = Omit<AssertOptions, 'sql' | 'file' | 'format'>;

/**
 * Checks assertions one after the other. Errors of a statement are part of its outcome.
 * @throws TelemetryError for an error that any statement would have, and when interrupted.
 */
export async function checkAll(
  assertions: readonly Assertion[],
  checks: Checks,
  context: Pick<Context, 'streams' | 'signal' | 'readyStores'>,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const assertion of assertions) outcomes.push(await check(assertion, checks, context));
  return outcomes;
}

async function check(
  { name, sql }: Assertion,
  checks: Checks,
  { streams, signal, readyStores }: Pick<Context, 'streams' | 'signal' | 'readyStores'>,
): Promise<Outcome> {
  const { store, parameters, within, holds, timeout, limit, tz } = checks;
  const waiting = within + holds;
  const limited = withTimeout(signal, timeout === undefined ? undefined : timeout + waiting, 'timeout');
  const begun = performance.now();
  const seconds = (): number => (performance.now() - begun) / 1000;
  try {
    const verdict = await endInTime(limited.signal, () =>
      awaitVerdict({
        session: {
          dir: store,
          timezone: tz ?? (streams.isTerminal ? Intl.DateTimeFormat().resolvedOptions().timeZone : 'UTC'),
          readyStores,
          signal: limited.signal,
          onDamaged: damagedSegmentWarning(streams),
        },
        sql,
        parameters: usedParameters(sql, parameters),
        within,
        holds,
        limit,
        now: () => performance.now(),
      }),
    );
    return { name, verdict, seconds: seconds() };
  } catch (error) {
    if (!(error instanceof TelemetryError) || !['usage', 'sql', 'timeout'].includes(error.kind)) throw error;
    return { name, error, seconds: seconds() };
  } finally {
    limited.stop();
  }
}

/** The parameters that a statement of several contains. */
function usedParameters(sql: string, parameters: AssertOptions['parameters']): Record<string, string> {
  const tokens = tokensOf(sql);
  const used = new Set(
    tokens.flatMap(({ text }, i) => (text === '$' ? [tokens[i + 1]?.text.toLowerCase() ?? ''] : [])),
  );
  return Object.fromEntries(Object.entries(parameters).filter(([name]) => used.has(name.toLowerCase())));
}

/** The exit code of outcomes: that of the first error, else 1 when one is not true. */
export function exitCodeOf(outcomes: readonly Outcome[]): number {
  const error = outcomes.find(outcome => outcome.error)?.error;
  if (error) return EXIT[error.kind];
  return outcomes.every(({ verdict }) => verdict?.isTrue) ? EXIT.ok : EXIT.failure;
}
