import { Option, type Command } from 'commander';
import { parseInstant } from '../../../core/duration.js';
import { EXPORT_FORMATS } from '../../../core/export-format.js';
import type { BoundsBy } from '../../../query/view/range.js';
import type { SettingKey } from '../../config/settings.js';
import type { Context, Manual, Start } from '../../shared/context.js';
import { collect, formatOption, parsed, settingOption } from '../../shared/options.js';
import { INSTANT_FORMS, lastOption, sinceOf, type SinceFlags } from '../../shared/time-options.js';
import { filterOption, whereOf, type WhereFlags } from '../../shared/where-option.js';
import type { ExportCommandOptions } from './options.js';
import { partitionKeys, targetOf } from './target.js';

interface ExportFlags extends SinceFlags, WhereFlags {
  to?: string;
  format?: string;
  until?: string;
  by: BoundsBy;
  partitionBy?: string[];
  force?: boolean;
}

const MANUAL: Omit<Manual, 'command'> = {
  examples: [
    { line: 'telemetry export --to events.parquet', purpose: 'Export all events to one file' },
    {
      line: 'telemetry export --to lake/ --partition-by day,type',
      purpose: 'Export to a folder of Parquet files, for DuckDB, Spark or Trino',
    },
    {
      line: `telemetry export --since 1d --where "severity = 'ERROR'" --to errors.csv.gz`,
      purpose: 'Export the errors of a day to a spreadsheet',
    },
    { line: 'telemetry export --to events.duckdb', purpose: 'Export to a database, with the views' },
    {
      line: 'telemetry export --to - --format ndjson | jq -c .payload',
      purpose: 'Print every event to a pipe',
    },
  ],
  notes: [
    'An export contains the events that the store has when it begins. It reads them in parts, each in its snapshot, so that neither a server nor retention waits for it; events that retention removes before their part is read are missing, and the summary counts them.',
    'The same command continues an interrupted export, whatever ended it, and writes no event twice. Until an export is complete, it is in TARGET.partial, and TARGET does not exist. A folder gets each file when that is complete; _telemetry-export.json in it has the progress. A target that is there already is refused without --force.',
    'telemetry ingest reads what an export wrote: Parquet and CSV give every payload back as it was sent, NDJSON with blanks for line breaks between tokens, and OTLP/JSON as spans, data points and log records of other bytes. Ids, streams and the time of receipt are new, and with the last the time of an event that has none.',
    'A DuckDB file has the table events, the built-in views and those of telemetry view. A SQLite file has the table events, the views logs, spans and metrics without renamed attributes, and telemetry_events, system_metrics, business_metrics and traces. Times in it are text in UTC.',
  ],
};

/** `telemetry export` */
export function register(program: Command, start: Start): Manual {
  const command = program
    .command('export')
    .summary('write events to a file, database or folder')
    .description(
      'Exports events to a file or a folder that other programs read. Works while a server writes to the store. An ' +
        'interrupted export continues when it is run again.',
    )
    .option('--to <path>', 'the file or folder to write, or - for stdout')
    .addOption(formatOption(EXPORT_FORMATS, 'by the extension of --to; parquet for a folder'))
    .option('--since <time>', `only events at or after this time: ${INSTANT_FORMS}`)
    .addOption(lastOption())
    .option('--until <time>', 'only events before this time')
    .addOption(
      new Option('--by <time>', 'the time of --since, --until and day: time or received (default: time)')
        .choices(['time', 'received'])
        .default('time'),
    )
    .option('--where <sql>', 'only events for which this condition is true')
    .addOption(filterOption())
    .option('--partition-by <keys>', 'a folder of Parquet files, one folder a value: day, type or day,type', collect)
    .option('--force', 'replace what is at --to, and start over')
    .addOption(settingOption('store'))
    .addOption(describedOption('tz', 'time zone of dates in --where (default: UTC)'))
    .addOption(settingOption('queryMemory'));
  command.action(async () => {
    const flags = command.opts<ExportFlags>();
    const context = await start(command.optsWithGlobals());
    const options = optionsOf(flags, context);
    const { run } = await import('./run.js');
    await run(options, context);
  });
  return { command, ...MANUAL };
}

/** The option of a setting that has another meaning or default in an export. */
function describedOption(key: SettingKey, description: string): Option {
  const option = settingOption(key);
  option.description = description;
  return option;
}

/** @throws TelemetryError `usage` for a value that is not valid, and for options that exclude each other. */
function optionsOf(flags: ExportFlags, context: Context): ExportCommandOptions {
  const { settings, cwd } = context;
  const partitionBy = partitionKeys(flags.partitionBy);
  const { format, ...target } = targetOf({ to: flags.to, format: flags.format, partitionBy }, cwd);
  return {
    store: settings.get('store'),
    ...target,
    since: sinceOf(flags, context.now()),
    until: parsed('--until', flags.until, text => parseInstant(text, context.now())),
    memory: settings.get('queryMemory'),
    command: {
      format,
      since: flags.since ?? flags.last,
      until: flags.until,
      by: flags.by,
      where: whereOf(flags),
      tz: settings.get('tz') ?? 'UTC',
      partitionBy,
      isForced: flags.force === true,
    },
  };
}
