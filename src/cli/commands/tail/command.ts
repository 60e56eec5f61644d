import { Option, type Command } from 'commander';
import { parseInstant } from '../../../core/duration.js';
import { TelemetryError } from '../../../core/errors.js';
import type { Context, Manual, Start } from '../../shared/context.js';
import { wholeNumber } from '../../config/values.js';
import { collect, commaList, formatOption, noServerOption, parsed, settingOption } from '../../shared/options.js';
import { addSince, sinceOf, type SinceFlags } from '../../shared/time-options.js';
import { TAIL_FORMATS, type TailFormat, type TailOptions } from './options.js';

interface TailFlags extends SinceFlags {
  filter?: string[];
  where?: string[];
  type?: string[];
  service?: string[];
  level?: string;
  grep?: string;
  lines?: string;
  limit?: string;
  until?: string;
  fromId?: string;
  format?: TailFormat;
  columns?: string[];
  pretty?: TailOptions['pretty'];
  by?: TailOptions['by'];
  stats?: boolean;
  context?: string;
  follow: boolean;
}

function columnList(values: readonly string[]): string[] {
  const names = commaList(values);
  if (names.length > 0) return names;
  throw new TelemetryError('usage', '--columns is empty', {
    remedy: 'Separate columns by commas: --columns id,level,msg. `telemetry schema` lists them.',
  });
}

/** @throws TelemetryError `usage` for options of the pretty format with another one. */
function checkPretty({ pretty, by, stats, format, columns }: TailFlags): void {
  const option = pretty !== undefined ? '--pretty' : by !== undefined ? '--by' : stats === true ? '--stats' : undefined;
  if (option === undefined) return;
  const other =
    columns !== undefined
      ? '--columns'
      : format !== undefined && format !== 'pretty'
        ? `--format ${format}`
        : undefined;
  if (other === undefined) return;
  throw new TelemetryError('usage', `${option} is for the format pretty, so it cannot be combined with ${other}`);
}

const MANUAL: Omit<Manual, 'command'> = {
  examples: [
    { line: 'telemetry tail', purpose: 'Print the last 20 events, then each new one' },
    { line: 'telemetry tail --level error --service api', purpose: 'Print the errors of one service' },
    { line: 'telemetry tail --grep timeout --since today --no-follow', purpose: "Search today's events" },
    { line: `telemetry tail --type trace --filter "duration_ms > 1000"`, purpose: 'Print slow spans' },
    {
      line: 'telemetry tail --since 10m --no-follow --format ndjson',
      purpose: 'Print the last ten minutes, for a script',
    },
    { line: 'telemetry tail --grep refused -C 3', purpose: 'Print what happened around each match' },
    { line: 'telemetry tail --from-id 1042', purpose: 'Resume an earlier tail' },
  ],
  notes: [
    'On a terminal, a span is printed with its service, name, duration and status, a metric with its name, value and unit, and any other event with its severity, message and service, followed by the remaining fields. Elsewhere each line is a JSON object.',
    '--level includes worse severities: --level warn prints WARN, ERROR and FATAL. For a single severity, use --filter "severity = \'WARN\'". --grep is a regular expression (RE2) that is matched against the payload as sent and against the message; on a terminal, the matches are highlighted. An event must satisfy all conditions given.',
    '--by trace puts events that are read together, such as the past ones, under a heading for each trace, in the order in which the traces begin (of more than 65,536, each 65,536 are grouped); a new event gets a heading when its trace is not that of the event before. --stats counts the new events that are printed, over the last 10 seconds.',
    'The filter is SQL over the columns of the view events (see telemetry-query(1)). A column that has not occurred yet is NULL. When the filter fails for a new event, the event does not match and a warning gives the reason.',
    '--since limits the past events only; new events are printed whatever their time. Ctrl-C prints how to resume.',
  ],
};

/** `telemetry tail` */
export function register(program: Command, start: Start): Manual {
  const command = program
    .command('tail')
    .summary('print events as they arrive')
    .description(
      'Prints the last events, then each new event as it is stored: in order, without gaps or duplicates. Without a server, it waits for one.',
    )
    .addOption(settingOption('store'))
    .option('--type <types>', 'only events of these types, comma-separated', collect)
    .option('--service <services>', 'only events of these services, comma-separated', collect)
    .option('--level <severity>', 'only events of this severity or worse: trace, debug, info, warn, error, fatal')
    .option('--grep <regex>', 'only events that match; ignores case unless the pattern has a capital letter')
    .option('--filter <sql>', 'only events for which this SQL predicate is true', collect)
    .addOption(new Option('--where <sql>', 'the same as --filter').argParser(collect).hideHelp())
    .option('-C, --context <count>', 'also print this many events before and after each that matches')
    .option('-n, --lines <count>', 'past events to start with (default: 20; all with --since or --from-id)')
    .addOption(new Option('--limit <count>', 'the same as --lines').hideHelp());
  addSince(command, 'start with the events since')
    .option('--until <time>', 'only events before this time; the tail ends then')
    .option('--from-id <id>', 'start at this event id, to resume a tail')
    .addOption(formatOption(TAIL_FORMATS, 'pretty on a terminal, else ndjson'))
    .option('--columns <columns>', 'print these columns, comma-separated', collect)
    .addOption(
      new Option('--pretty <form>', 'short: a line an event; long: a line a field, values whole').choices([
        'short',
        'long',
      ]),
    )
    .addOption(
      new Option('--by <group>', 'trace: print the events of a trace together, under a heading').choices(['trace']),
    )
    .option('--stats', 'show the rates of events and errors at the bottom of a terminal')
    .addOption(noServerOption())
    .option('--no-follow', 'stop after the past events')
    .addOption(new Option('-f, --follow', 'continue with new events (the default)').hideHelp())
    .addOption(settingOption('tz'));
  command.action(async () => {
    const flags = command.opts<TailFlags>();
    const context = await start(command.optsWithGlobals());
    checkPretty(flags);
    const { run } = await import('./run.js');
    await run(optionsOf(flags, context), context);
  });
  return { command, ...MANUAL };
}

function optionsOf(flags: TailFlags, context: Context): TailOptions {
  const { settings, cwd } = context;
  return {
    store: settings.get('store'),
    filters: [...(flags.filter ?? []), ...(flags.where ?? [])],
    picks: {
      types: commaList(flags.type ?? []),
      services: commaList(flags.service ?? []),
      level: flags.level,
      grep: flags.grep,
    },
    last: parsed('--lines', flags.lines ?? flags.limit, text => wholeNumber(0)(text, cwd)),
    since: sinceOf(flags, context.now()),
    until: parsed('--until', flags.until, text => parseInstant(text, context.now())),
    fromId: parsed('--from-id', flags.fromId, text => wholeNumber(0)(text, cwd)),
    format: flags.format,
    columns: flags.columns && columnList(flags.columns),
    context: parsed('--context', flags.context, text => wholeNumber(0)(text, cwd)) ?? 0,
    pretty: flags.pretty,
    by: flags.by,
    showsStats: flags.stats === true,
    follow: flags.follow,
    tz: settings.get('tz'),
  };
}
