import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { parseDuration, parseInstant } from '../../../core/duration.js';
import type { BoundsBy } from '../../../query/view/range.js';
import type { Context, Manual, Start } from '../../shared/context.js';
import { TelemetryError } from '../../../core/errors.js';
import { formatNamed } from '../../config/format-names.js';
import { wholeNumber } from '../../config/values.js';
import { supervise } from '../../shared/supervised.js';
import { collect, formatOption, noServerOption, pair, parsed, settingOption } from '../../shared/options.js';
import { INSTANT_FORMS, lastOption, sinceOf, type SinceFlags } from '../../shared/time-options.js';
import { filterOption, whereOf, type WhereFlags } from '../../shared/where-option.js';
import { QUERY_FORMATS, type QueryOptions } from './options.js';

interface QueryFlags extends SinceFlags, WhereFlags {
  file?: string;
  command?: string[];
  param?: string[];
  format?: string;
  out?: string;
  until?: string;
  by: BoundsBy;
  raw?: boolean;
  exitCode?: boolean;
  timeout?: string;
  limit?: string;
  with?: string[];
  explain?: boolean;
}

const MANUAL: Omit<Manual, 'command'> = {
  examples: [
    { line: 'telemetry query "select type, count(*) from events group by type"', purpose: 'Count events by type' },
    {
      line: `telemetry query "select time, message from events where severity = 'ERROR'"`,
      purpose: 'List errors',
    },
    {
      line: `telemetry query -p user=7 'select * from events where "user" = $user'`,
      purpose: 'Bind a parameter',
    },
    {
      line: 'telemetry query "from events" --out events.parquet --format parquet',
      purpose: 'Export to a Parquet file',
    },
    {
      line: 'telemetry query --with u=users.csv "from events join u using (user_id)"',
      purpose: 'Join with a file',
    },
    { line: 'telemetry query --raw "select count(*) from events"', purpose: 'Get one value, for a script' },
    {
      line: `telemetry query --exit-code --since 10m "from events where severity = 'ERROR'"`,
      purpose: 'Fail a CI job if there were errors',
    },
    {
      line: 'telemetry query --since 10m --explain "select count(*) from events"',
      purpose: 'See what a query reads',
    },
  ],
  notes: [
    'The SQL dialect is DuckDB. The view events has the columns id, stream_id, received_at, time, type, name, severity, message, service, trace_id, span_id, parent_span_id, duration_ms and payload for every event, and one column per payload key that has occurred, with dots for nested keys: "http.route". To read a payload key that has the name of one of these columns, write payload->>\'key\'. The views logs, spans and metrics contain the events of type log, trace and metric. The view streams has one row per connection or POST. telemetry schema lists the columns.',
    'A parameter takes the type of the column or expression that it is compared with; next to a time, it is read as --since reads it. If that is ambiguous, a number, true, false or null binds as such, and anything else as text. A JSON string, such as \'id="7"\', is always text.',
    'p50(x), p90(x), p95(x) and p99(x) are percentiles, interpolated as quantile_cont(x, 0.95) does.',
    'With --exit-code, 0 means no rows and 1 means at least one row. Errors have the other codes, or 1 with a message on standard error.',
    'To keep Parquet lossless, a HUGEINT (the sum of integers) is written as DECIMAL(38,0), and an INTERVAL, UHUGEINT or TIMETZ as text.',
  ],
};

/** Formats that the setting of other commands does not know. */
const OWN_FORMATS = ['parquet', 'json-columns'] as const;

/** `telemetry query` */
export function register(program: Command, start: Start): Manual {
  const command = program
    .command('query')
    .summary('query the store in SQL')
    .description(
      'Runs SQL over the events. A query only reads: it cannot change the store, read other files or reach the network.',
    )
    .argument('[sql]', 'the SQL, or - for stdin (default: --file or stdin)')
    .addOption(settingOption('store'))
    .option('-f, --file <path>', 'read the SQL from a file, or - for stdin')
    .addOption(new Option('-c, --command <sql>', 'the SQL, as in other programs').argParser(collect).hideHelp())
    .addOption(new Option('--where <sql>', 'the events for which this condition is true').hideHelp())
    .addOption(filterOption())
    .option('-p, --param <name=value>', 'bind $name to a value; repeatable', collect)
    .addOption(formatOption(QUERY_FORMATS, 'table on a terminal, else ndjson'))
    .option('-o, --out <path>', 'write a file, or - for stdout; a file is required for parquet')
    .option('--since <time>', `only events at or after this time: ${INSTANT_FORMS}`)
    .addOption(lastOption())
    .option('--until <time>', 'only events before this time')
    .addOption(
      new Option('--by <time>', 'the time that --since and --until compare: time or received (default: time)')
        .choices(['time', 'received'])
        .default('time'),
    )
    .addOption(settingOption('tz'))
    .option('--timeout <duration>', 'cancel the query after this long')
    .addOption(settingOption('queryMemory'))
    .option('-n, --limit <rows>', 'print at most this many rows')
    .option('--raw', 'print bare values, with tabs between columns')
    .option('--exit-code', 'exit with 1 if there are rows, else with 0')
    .option('--with <name=path>', 'use a CSV, JSON or Parquet file as a table; repeatable', collect)
    .addOption(noServerOption())
    .option('--explain', 'run the query, and print scan statistics instead of rows');
  command.action(async (sql: string | undefined) => {
    const flags = command.opts<QueryFlags>();
    const context = await start(command.optsWithGlobals());
    const options = optionsOf(sql, flags, context);
    if (options.timeout !== undefined && !context.mayEndInNativeCode) {
      context.exitWith(await supervise(context));
      return;
    }
    const { run } = await import('./run.js');
    await run(options, context);
  });
  return { command, ...MANUAL };
}

/** @throws TelemetryError `usage` for a value that is not valid, and for options that exclude each other. */
function optionsOf(sql: string | undefined, flags: QueryFlags, context: Context): QueryOptions {
  const { settings, cwd } = context;
  const instant = (text: string) => parseInstant(text, context.now());
  const options: QueryOptions = {
    store: settings.get('store'),
    sql: sqlOf(sql, flags),
    file: flags.file === undefined || flags.file === '-' ? flags.file : resolve(cwd, flags.file),
    parameters: Object.fromEntries((flags.param ?? []).map(text => pair('--param', text))),
    format: OWN_FORMATS.find(name => name === flags.format) ?? settings.get('format'),
    isFormatNamed: flags.format !== undefined,
    isRaw: flags.raw === true,
    tellsRows: flags.exitCode === true,
    out: flags.out === undefined || flags.out === '-' ? undefined : resolve(cwd, flags.out),
    since: sinceOf(flags, context.now()),
    until: parsed('--until', flags.until, instant),
    by: flags.by,
    tz: settings.get('tz'),
    timeout: parsed('--timeout', flags.timeout, parseDuration),
    memory: settings.get('queryMemory'),
    limit: parsed('--limit', flags.limit, text => wholeNumber(0)(text, cwd)),
    files: (flags.with ?? []).map(text => {
      const [name, file] = pair('--with', text);
      return { name, file: resolve(cwd, file) };
    }),
    explain: flags.explain === true,
  };
  if (options.explain && options.out !== undefined) {
    throw new TelemetryError('usage', '--explain prints no rows, so it cannot be combined with --out');
  }
  return options;
}

/** The SQL of the argument, of -c or of --where. Several -c are joined. @throws TelemetryError `usage` when both are given. */
function sqlOf(argument: string | undefined, flags: QueryFlags): string | undefined {
  const { command, file } = flags;
  const where = whereOf(flags);
  const given = [
    ...(argument === undefined ? [] : ['as an argument']),
    ...(file === undefined ? [] : ['with --file']),
    ...(command === undefined ? [] : ['with -c']),
  ];
  if (given.length > 1) {
    const format = formatNamed(file ?? '', QUERY_FORMATS);
    throw new TelemetryError('usage', `the SQL was given twice: ${given.join(' and ')}`, {
      ...(format !== undefined && { remedy: `--file takes a file of SQL: did you mean --format ${format}?` }),
    });
  }
  if (where === undefined) return argument ?? command?.join(';\n');
  if (given.length === 0) return `from events where (${where}\n)`;
  throw new TelemetryError('usage', '--where is for a query without SQL, of all columns of the events', {
    remedy: `Put the condition into the SQL: ... where ${where}.`,
  });
}
