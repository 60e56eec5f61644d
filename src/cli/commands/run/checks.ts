import { TelemetryError } from '../../../core/errors.js';
import { assertionsOf } from '../../../consumers/assert/assertion.js';
import type { Context } from '../../shared/context.js';
import { noSql, readSqlFile } from '../../shared/sql-source.js';
import { printText } from '../assert/report.js';
import { checkAll, exitCodeOf } from '../assert/run.js';
import type { RunOptions } from './options.js';

/** The rows to show of a statement that is not true. */
const LIMIT = 10;

/**
 * Reads the statements of --assert. Returns a function that checks them, prints those that are not true to stderr, and
 * resolves to the exit code of `telemetry assert`.
 * @throws TelemetryError `usage` for a server elsewhere; `failure` for a file that cannot be read.
 */
export async function readChecks(
  { url, server: { store } }: RunOptions,
  file: string,
): Promise<(runId: string, context: Context) => Promise<number>> {
  if (url !== undefined) {
    throw new TelemetryError(
      'usage',
      '--assert reads the store of this machine, and --url sends the events elsewhere',
      {
        remedy: 'Leave out one of them.',
      },
    );
  }
  const assertions = assertionsOf(await readSqlFile(file));
  if (assertions.length === 0) throw noSql();
  return async (runId, context) => {
    const checks = { store, parameters: { run_id: runId }, within: 0, holds: 0, timeout: undefined, limit: LIMIT };
    const outcomes = await checkAll(assertions, { ...checks, tz: context.settings.get('tz') }, context);
    const broken = outcomes.filter(({ verdict }) => verdict?.isTrue !== true);
    const { err, columns, color } = context.streams;
    await printText(broken, text => err.write(text), { columns, color });
    return exitCodeOf(outcomes);
  };
}
