import { Option, type Command } from 'commander';
import { parseInstant } from '../../../core/duration.js';
import { TelemetryError } from '../../../core/errors.js';
import type { Manual, Start } from '../../shared/context.js';
import { wholeNumber } from '../../config/values.js';
import { collect, commaList, formatOption, parsed, settingOption } from '../../shared/options.js';
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
  follow: boolean;
}

function columnList(values: readonly string[]): string[] {
  const names = commaList(values);
  if (names.length > 0) return names;
  throw new TelemetryError('usage', '--columns names no column', {
    remedy: 'Write them with commas between: --columns id,level,msg. `telemetry schema` lists them.',
  });
}

/** `telemetry tail` */
export function register(program: Command, start: Start): Manual {
  const command = program
    .command('tail')
    .summary('print events as they come in')
    .description(
      'Prints the last events, then each new one as it is stored: in order, none missing, none twice. Needs no server to run; it waits for one.',
    )
    .addOption(settingOption('store'))
    .option('--type <types>', 'only events of these types, comma-separated', collect)
    .option('--service <services>', 'only events of these services, comma-separated', collect)
    .option('--level <severity>', 'only events of this severity and worse: trace, debug, info, warn, error, fatal')
    .option('--grep <regex>', 'only events with this in their text; without capitals in any case')
    .option('--filter <sql>', 'only events for which this SQL predicate is true', collect)
    .addOption(new Option('--where <sql>', 'the same as --filter').argParser(collect).hideHelp())
    .option('-n, --lines <count>', 'past events to begin with (default: 20; all with --since or --from-id)')
    .addOption(new Option('--limit <count>', 'the same as --lines').hideHelp());
  addSince(command, 'begin with the events since')
    .option('--until <time>', 'only events before; a later time ends the tail then')
    .option('--from-id <id>', 'begin at this event id: resumes where a tail ended')
    .addOption(formatOption(TAIL_FORMATS, 'pretty on a terminal, else ndjson'))
    .option('--columns <columns>', 'print these columns, comma-separated', collect)
    .option('--no-follow', 'end after the past events')
    .addOption(new Option('-f, --follow', 'go on with new events, as without it').hideHelp())
    .addOption(settingOption('tz'));
  command.action(async () => {
    const flags = command.opts<TailFlags>();
    const context = await start(command.optsWithGlobals());
    const { settings, cwd } = context;
    const options: TailOptions = {
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
      follow: flags.follow,
      tz: settings.get('tz'),
    };
    const { run } = await import('./run.js');
    await run(options, context);
  });
  return {
    command,
    examples: [
      { line: 'telemetry tail', purpose: 'The last 20 events, then each new one' },
      { line: 'telemetry tail --level error --service api', purpose: 'The errors of one service' },
      { line: 'telemetry tail --grep timeout --since today --no-follow', purpose: 'What timed out today' },
      { line: `telemetry tail --type trace --filter "duration_ms > 1000"`, purpose: 'Slow spans only' },
      { line: 'telemetry tail --since 10m --no-follow --format ndjson', purpose: 'Ten minutes for a script' },
      { line: 'telemetry tail --from-id 1042', purpose: 'Go on where a tail ended' },
    ],
    notes: [
      'Of a span its service, name, duration and status are printed, of a metric its name, value and unit, of any other event its severity, message and service, and then the other fields. Elsewhere than on a terminal a line is a JSON object.',
      '--level is that and worse: --level warn prints WARN, ERROR and FATAL. For one severity alone: --filter "severity = \'WARN\'". --grep is a regular expression (RE2), looked for in the payload as it was sent and in the message. All that is given has to be true of an event.',
      'The filter is SQL over the columns of the view events (see telemetry-query(1)). A column that no event has had yet is NULL until one has it. An event that came in and that the filter fails for is no match, and a warning says why.',
      '--since bounds the past events; those that come in meanwhile are printed whatever their time. Ctrl-C says how to go on.',
    ],
  };
}
