import { Option, type Command } from 'commander';
import { parseDuration } from '../../../core/duration.js';
import { TelemetryError } from '../../../core/errors.js';
import { wholeNumber } from '../../config/values.js';
import type { Manual, Start } from '../../shared/context.js';
import { supervise } from '../../shared/supervised.js';
import { sqlFile } from '../../shared/named-sql.js';
import { collect, formatOption, pair, parsed, settingOption } from '../../shared/options.js';
import { ASSERT_FORMATS, type AssertFormat, type AssertOptions } from './options.js';

/** The rows that are shown of an assertion without --limit: enough to see a pattern. */
const USUAL_LIMIT = 10;

interface AssertFlags {
  readonly file?: string;
  readonly param?: string[];
  readonly within?: string;
  readonly for?: string;
  readonly timeout?: string;
  readonly limit?: string;
  readonly format?: AssertFormat;
}

const MANUAL: Omit<Manual, 'command'> = {
  examples: [
    {
      line: `telemetry assert "select count(*) = 0 from logs where severity = 'ERROR'"`,
      purpose: 'Fail if there were errors',
    },
    {
      line: 'telemetry assert --within 30s "select count(*) > 0 from spans"',
      purpose: 'Wait for the first span',
    },
    {
      line: 'telemetry assert --for 10s "select count(*) < 100 from logs"',
      purpose: 'Check that few logs come for 10 seconds',
    },
    { line: 'telemetry assert -f checks.sql --format junit > report.xml', purpose: 'Check several statements in CI' },
  ],
  notes: [
    'A statement is true when its first column is a boolean that is true in each of its rows, or when it has one value, a number other than 0. NULL is not true, and a statement without rows is not: it saw nothing. Anything else is a usage error. Of several columns, the first counts; the others are shown for the rows in which it is not true. For select count(*) = 0 from X where Y, also with < and <=, rows of X where Y are shown.',
    'The statements of a file are separated by semicolons. A comment line right before one names it, best as -- name: NAME. All are run, whichever fail. --within and --for apply to each of them, one after the other.',
    '--within and --for follow the commits of the store; a statement that reads the clock is also run four times a second. With --within, the store and the columns need not exist yet. With both, the statement has to become true within the first time and then stay true for the second.',
    'Exit codes: 0 all true, 1 one is not true, 2 a statement that cannot be judged, 3 no store, 4 an error in the SQL, 124 --timeout, 130 interrupted. An error counts before a statement that is not true.',
  ],
};

/** `telemetry assert` */
export function register(program: Command, start: Start): Manual {
  const command = program
    .command('assert')
    .summary('check that SQL is true, for scripts and CI')
    .description(
      'Runs SQL that has to be true, and prints the rows that broke it. Exits with 0 when every statement is true, else with 1.',
    )
    .argument('[sql]', 'the SQL, @NAME for a saved query, or - for stdin (default: --file or stdin)')
    .addOption(settingOption('store'))
    .option('-f, --file <path>', 'read the statements from a file, or - for stdin')
    .option('-p, --param <name=value>', 'bind $name to a value; repeatable', collect)
    .option('--within <duration>', 'wait this long for it to become true')
    .option('--for <duration>', 'check that it stays true for this long')
    .option('--timeout <duration>', 'end a statement that runs longer than this, with exit code 124')
    .addOption(new Option('-n, --limit <rows>', `show at most this many rows (default: ${USUAL_LIMIT})`))
    .addOption(settingOption('tz'))
    .addOption(formatOption(ASSERT_FORMATS, 'text'));
  command.action(async (sql: string | undefined) => {
    const flags = command.opts<AssertFlags>();
    const context = await start(command.optsWithGlobals());
    if (sql !== undefined && flags.file !== undefined) {
      throw new TelemetryError('usage', 'the SQL was given twice: as an argument and with --file');
    }
    const options: AssertOptions = {
      store: context.settings.get('store'),
      sql,
      file: sqlFile(flags.file, context.cwd),
      parameters: Object.fromEntries((flags.param ?? []).map(text => pair('--param', text))),
      within: parsed('--within', flags.within, parseDuration) ?? 0,
      holds: parsed('--for', flags.for, parseDuration) ?? 0,
      timeout: parsed('--timeout', flags.timeout, parseDuration),
      limit: parsed('--limit', flags.limit, text => wholeNumber(0)(text, context.cwd)) ?? USUAL_LIMIT,
      tz: context.settings.get('tz'),
      format: flags.format ?? 'text',
    };
    if (options.timeout !== undefined && !context.mayEndInNativeCode) {
      context.exitWith(await supervise(context));
      return;
    }
    const { run } = await import('./run.js');
    await run(options, context);
  });
  return { command, ...MANUAL };
}
