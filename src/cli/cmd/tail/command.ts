import type { Command } from 'commander';
import { parseInstant } from '../../../core/duration.js';
import type { Micros } from '../../../core/duration.js';
import { TelemetryError } from '../../../core/errors.js';
import type { Manual, Start } from '../../context.js';
import { wholeNumber } from '../../config/values.js';
import { collect, commaList, formatOption, parsed, settingOption } from '../../options.js';

export const TAIL_FORMATS = ['pretty', 'ndjson', 'csv'] as const;
export type TailFormat = (typeof TAIL_FORMATS)[number];

/** What `telemetry tail` was asked for, settings included. */
export interface TailOptions {
  readonly store: string;
  /** An SQL predicate over events. */
  readonly filter: string | undefined;
  /** -n: how many past events to begin with; undefined when it was not given. */
  readonly last: number | undefined;
  readonly since: Micros | undefined;
  /** The first id to print. */
  readonly fromId: number | undefined;
  readonly format: TailFormat;
  readonly columns: readonly string[] | undefined;
  /** False with --no-follow: end after history. */
  readonly follow: boolean;
  /** A time zone that exists; undefined when neither a flag nor a setting names one. */
  readonly tz: string | undefined;
}

interface TailFlags {
  filter?: string;
  lines?: string;
  since?: string;
  fromId?: string;
  format?: string;
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
    .option('--filter <sql>', 'only events for which this SQL predicate is true')
    .option('-n, --lines <count>', 'past events to begin with (default: 20; all with --since or --from-id)')
    .option('--since <time>', 'begin with events received since: 10m, 2d, RFC 3339 or an epoch')
    .option('--from-id <id>', 'begin at this event id: resumes where a tail ended')
    .addOption(formatOption(TAIL_FORMATS, 'pretty'))
    .option('--columns <names>', 'print these columns, comma-separated', collect)
    .option('--no-follow', 'end after the past events')
    .addOption(settingOption('tz'));
  command.action(async () => {
    const flags = command.opts<TailFlags>();
    const context = await start(command.optsWithGlobals());
    const { settings, cwd } = context;
    const options: TailOptions = {
      store: settings.get('store'),
      filter: flags.filter,
      last: parsed('--lines', flags.lines, text => wholeNumber(0)(text, cwd)),
      since: parsed('--since', flags.since, text => parseInstant(text, context.now())),
      fromId: parsed('--from-id', flags.fromId, text => wholeNumber(0)(text, cwd)),
      format: TAIL_FORMATS.find(format => format === flags.format) ?? 'pretty',
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
      { line: `telemetry tail --filter "level = 'ERROR' and timeElapsed > 1000"`, purpose: 'Slow errors only' },
      { line: 'telemetry tail --since 10m --no-follow --format ndjson', purpose: 'Ten minutes for a script' },
      { line: 'telemetry tail --from-id 1042', purpose: 'Go on where a tail ended' },
    ],
    notes: [
      'The filter is SQL over the columns of the view events (see telemetry-query(1)). A column that no event has had yet is NULL until one has it.',
    ],
  };
}
