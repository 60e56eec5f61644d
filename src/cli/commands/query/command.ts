import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { parseDuration, parseInstant } from '../../../core/duration.js';
import type { BoundsBy } from '../../../query/view/range.js';
import type { Context, Manual, Start } from '../../shared/context.js';
import { TelemetryError } from '../../../core/errors.js';
import { formatNamed } from '../../config/format-names.js';
import { wholeNumber } from '../../config/values.js';
import { styleOf, type StyleFlags } from '../../shared/chart-style.js';
import { supervise } from '../../shared/supervised.js';
import { collect, formatOption, noServerOption, pair, parsed, settingOption } from '../../shared/options.js';
import { refuseWithRemote, remoteOption } from '../../shared/remote-option.js';
import { INSTANT_FORMS, lastOption, sinceOf, type SinceFlags } from '../../shared/time-options.js';
import { parseInterval } from '../../shared/watch-frames.js';
import { filterOption, whereOf, type WhereFlags } from '../../shared/where-option.js';
import { settingsOf, type ShellOptions } from '../shell/options.js';
import { QUERY_FORMATS, type QueryOptions } from './options.js';

interface QueryFlags extends SinceFlags, WhereFlags, StyleFlags {
  file?: string;
  command?: string[];
  param?: string[];
  format?: string;
  out?: string;
  until?: string;
  by: BoundsBy;
  null?: string;
  raw?: boolean;
  exitCode?: boolean;
  oneStatement?: boolean;
  timeout?: string;
  limit?: string;
  with?: string[];
  explain?: boolean;
  remote?: string;
  chart?: boolean;
  watch?: string;
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
    { line: 'telemetry query @slow -p ms=200 --since 1h', purpose: 'Run a saved query' },
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
      line: 'telemetry query --remote team "select count(*) from events"',
      purpose: 'Ask a remote',
    },
    {
      line: 'telemetry query --chart --watch 2s --since 10m "select time from logs"',
      purpose: 'Watch the logs as a chart',
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
    '--chart draws the rows as telemetry chart does, with --braille and --ascii as there. With --watch, each run is a new query, which starts after the one before has ended: in place on a terminal, one after another elsewhere. Ctrl-C ends it.',
    'With --remote, the SQL is run by the engine of that remote, in its dialect and over its table or objects, in a transaction or session that only reads. Results are printed in the same formats, save parquet. Saved queries, -f and several statements work; options that select events of the store do not.',
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
    .argument('[sql]', 'the SQL, @NAME for a saved query, or - for stdin (default: --file or stdin)')
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
    .option('--null <text>', 'print this for NULL in table, line, csv, tsv and markdown')
    .option('--raw', 'print bare values, with tabs between columns')
    .option('--exit-code', 'exit with 1 if there are rows, else with 0')
    .option('--with <name=path>', 'use a CSV, JSON or Parquet file as a table; repeatable', collect)
    .addOption(noServerOption())
    .addOption(remoteOption())
    .option('--chart', 'draw the result instead of printing rows, as telemetry chart does')
    .option('--watch <interval>', 'run again every 2s, 1m, ...')
    .addOption(new Option('--braille').hideHelp())
    .addOption(new Option('--ascii').hideHelp())
    .addOption(new Option('--one-statement', 'refuse several statements').hideHelp())
    .option('--explain', 'run the query, and print scan statistics instead of rows');
  command.action(async (sql: string | undefined) => {
    const flags = command.opts<QueryFlags>();
    const context = await start(command.optsWithGlobals());
    const options = optionsOf(sql, flags, context);
    if (isConversation(options, context)) {
      const { run } = await import('../shell/run.js');
      await run(shellOptions(options, flags), context);
      return;
    }
    if (options.timeout !== undefined && !context.mayEndInNativeCode) {
      context.exitWith(await supervise(context));
      return;
    }
    const { run } = await import('./run.js');
    await run(options, context);
  });
  return { command, ...MANUAL };
}

/** True for a query without SQL on a terminal, and nothing that only one answer can have: it opens the shell. */
function isConversation(options: QueryOptions, { streams }: Context): boolean {
  const { sql, file, out, explain, tellsRows, isRaw, timeout, watch, isChart, remote } = options;
  return (
    remote === undefined &&
    streams.terminal !== undefined &&
    sql === undefined &&
    file === undefined &&
    out === undefined &&
    timeout === undefined &&
    watch === undefined &&
    !isChart &&
    !explain &&
    !tellsRows &&
    !isRaw
  );
}

function shellOptions({ store, parameters, files, format, tz }: QueryOptions, flags: QueryFlags): ShellOptions {
  return {
    store,
    file: undefined,
    variables: Object.entries(parameters),
    settings: settingsOf({ ...flags, format, tz, since: flags.since ?? flags.last }),
    files,
  };
}

/** @throws TelemetryError `usage` for a value that is not valid, and for options that exclude each other. */
function optionsOf(sql: string | undefined, flags: QueryFlags, context: Context): QueryOptions {
  const { settings, cwd } = context;
  const bounds = (): ReturnType<QueryOptions['bounds']> => ({
    since: sinceOf(flags, context.now()),
    until: parsed('--until', flags.until, text => parseInstant(text, context.now())),
  });
  const options: QueryOptions = {
    store: settings.get('store'),
    remote: flags.remote,
    sql: sqlOf(sql, flags),
    where: whereOf(flags),
    file: flags.file === undefined || flags.file === '-' ? flags.file : resolve(cwd, flags.file),
    parameters: Object.fromEntries((flags.param ?? []).map(text => pair('--param', text))),
    format: OWN_FORMATS.find(name => name === flags.format) ?? settings.get('format'),
    isFormatNamed: flags.format !== undefined,
    nullText: flags.null,
    isRaw: flags.raw === true,
    tellsRows: flags.exitCode === true,
    takesOne: flags.oneStatement === true,
    out: flags.out === undefined || flags.out === '-' ? undefined : resolve(cwd, flags.out),
    ...bounds(),
    bounds,
    by: flags.by,
    tz: settings.get('tz'),
    timeout: parsed('--timeout', flags.timeout, parseDuration),
    memory: settings.get('queryMemory'),
    limit: parsed('--limit', flags.limit, text => wholeNumber(0)(text, cwd)),
    files: (flags.with ?? []).map(text => {
      const [name, file] = pair('--with', text, { form: 'name=file', example: 'users=users.csv' });
      return { name, file: resolve(cwd, file) };
    }),
    explain: flags.explain === true,
    isChart: flags.chart === true,
    style: styleOf(flags),
    watch: parsed('--watch', flags.watch, parseInterval),
  };
  refuseTogether(options, flags);
  if (options.remote !== undefined) refuseForRemote(options, flags);
  return options;
}

/** @throws TelemetryError `usage` for options that exclude each other. */
function refuseTogether(
  { explain, out, isChart, isRaw, watch, tellsRows, isFormatNamed }: QueryOptions,
  flags: QueryFlags,
): void {
  const refuse = (message: string, remedy?: string): never => {
    throw new TelemetryError('usage', message, { ...(remedy !== undefined && { remedy }) });
  };
  if (explain && out !== undefined) refuse('--explain prints no rows, so it cannot be combined with --out');
  if (watch !== undefined && out !== undefined)
    refuse('--watch prints again and again, so it cannot be combined with --out');
  if (watch !== undefined && tellsRows)
    refuse('--watch does not end by itself, so it cannot be combined with --exit-code');
  if (isChart && (explain || isRaw || isFormatNamed || out !== undefined)) {
    refuse(
      '--chart draws, so it cannot be combined with --format, --raw, --out and --explain',
      'telemetry chart --out FILE writes a picture.',
    );
  }
  if (!isChart && (flags.braille || flags.ascii)) refuse('--braille and --ascii need --chart');
}

/** @throws TelemetryError `usage` for options that a remote does not know. */
function refuseForRemote({ format, explain }: QueryOptions, flags: QueryFlags): void {
  const { since, last, until, where, filter, param, with: files } = flags;
  refuseWithRemote(
    {
      '--since': since,
      '--last': last,
      '--until': until,
      '--where': where ?? filter,
      '--param': param,
      '--with': files,
      '--explain': explain,
      '--format parquet': format === 'parquet',
    },
    {
      '--since': 'Write a condition on time into the SQL.',
      '--last': 'Write a condition on time into the SQL.',
      '--until': 'Write a condition on time into the SQL.',
      '--where': 'Write the condition into the SQL.',
      '--param': 'Write the values into the SQL.',
      '--explain': 'Write EXPLAIN into the SQL.',
      '--format parquet': 'Write CSV: --out FILE.csv.',
    },
  );
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
