import { Option, type Command } from 'commander';
import { TelemetryError } from '../../../core/errors.js';
import type { KeyName } from '../../../formats/json/rename-keys.js';
import { INPUT_FORMATS, type InputFormat } from '../../../core/input-format.js';
import type { RequestedFormat } from '../../../sources/import/input-format.js';
import type { Manual, Start } from '../../shared/context.js';
import { collect, commaList, formatOption, pair, settingOption } from '../../shared/options.js';
import { membersIn, noPattern, patternOption, typeOption } from '../../shared/line-options.js';
import { serveOptions } from '../../shared/serve-options.js';
import { TRUST_SETTINGS, trustFiles } from '../../shared/trust.js';
import type { IngestCommandOptions } from './options.js';

interface IngestFlags {
  type?: InputFormat;
  pattern?: string;
  each?: string;
  delimiter?: string;
  service?: string;
  set?: string[];
  map?: string[];
  onError?: 'stop' | 'skip';
  again?: boolean;
  format?: 'text' | 'json';
}

const MANUAL: Omit<Manual, 'command'> = {
  examples: [
    { line: 'telemetry ingest events.ndjson.gz access.csv', purpose: 'Import two files' },
    {
      line: 'telemetry ingest --map time=ts,type=kind old.ndjson',
      purpose: 'Name the keys that hold the time and the type',
    },
    {
      line: 'telemetry ingest --on-error skip app.log',
      purpose: 'Skip invalid lines and report their number',
    },
    { line: 'kubectl logs app | telemetry ingest --type logfmt -', purpose: 'Import the output of another program' },
  ],
  notes: [
    'Each commit stores the events together with the progress in their file, so that rerunning an import after any failure stores the missing events and no duplicates. A complete file is not imported again; lines appended to it are. A renamed file is recognized by device and inode, a repaired or recompressed one by its content. A file whose first bytes have changed, or that is read in another format, is imported from the start, with a note on stderr. --again imports known files again. Stdin and pipes cannot be resumed: importing them always starts over.',
    '--map renames keys: with time=ts, the key ts is stored as time, and all other bytes stay as they are. A nested key is written with dots, and copied. An existing key of the new name is kept as original_time.',
    'A pipe, or a file without a known extension, whose first line is a JSON object is read as NDJSON: a line that begins as an object and is broken stops the import, and a line that is not JSON is stored as text. In NDJSON an array is one event; with --type json each of its elements is one.',
    'Text lines are stored as logs. A CSV row becomes an object with the names of the header; numbers and booleans without quotes keep their type, and an empty cell becomes null. The same holds for logfmt values without quotes.',
    'Without a server, files of more than 16 MiB go directly into the archive, and an import that leaves more than 100,000 events in the journal seals them before it ends.',
    'A JSON line or file that is an OTLP request, as written by the file exporters of the collector and of SDKs, is stored as its spans, log records and data points.',
  ],
};

/** `telemetry ingest` */
export function register(program: Command, start: Start): Manual {
  const command = program
    .command('ingest')
    .summary('import files of events')
    .description(
      'Imports events from NDJSON, JSON, CSV, TSV, Parquet, logfmt and text files, optionally compressed with gzip or zstd. ' +
        'Works with or without a server. An interrupted import resumes when it is run again.',
    )
    .argument('[file...]', 'files to import; - or nothing for stdin')
    .addOption(typeOption(INPUT_FORMATS, 'by file extension, else by content'))
    .addOption(patternOption())
    .option('--each <path>', 'import the elements of a list in a JSON document: Records, .data.items')
    .option('--delimiter <text>', 'CSV delimiter (default: the most frequent of , ; tab | in the header)')
    .option('--service <name>', 'service_name for events without one')
    .option('--set <key=value>', 'key to add to events that lack it; key:=json for a JSON value; repeatable', collect)
    .option('--map <field=key,...>', 'keys to read fields from: time=ts,type=kind,name=action', collect)
    .addOption(
      new Option('--on-error <what>', 'stop at an invalid event, or skip and report it (default: stop)').choices([
        'stop',
        'skip',
      ]),
    )
    .option('--again', 'import files again that have been imported before')
    .addOption(settingOption('store'))
    .addOption(settingOption('url'))
    .addOption(settingOption('token'))
    .addOption(settingOption('maxEventSize'))
    .addOption(formatOption(['text', 'json'], 'text on a terminal, else json'));
  for (const key of TRUST_SETTINGS) command.addOption(settingOption(key));
  command.action(async (files: string[]) => {
    const flags = command.opts<IngestFlags>();
    const context = await start(command.optsWithGlobals());
    if (files.length === 0 && context.streams.stdinIsTerminal) {
      throw new TelemetryError('usage', 'there is nothing to import', {
        remedy: 'Name files, or pipe data in; - reads from the keyboard.',
      });
    }
    const options: IngestCommandOptions = {
      files: files.length === 0 ? ['-'] : files,
      url: context.settings.get('url'),
      trust: trustFiles(context.settings),
      readAs: readAsIn(flags),
      names: keyNames(flags.map ?? []),
      members: membersIn(flags),
      isSkipping: flags.onError === 'skip',
      again: flags.again === true,
      format: flags.format ?? (context.streams.isTerminal ? 'text' : 'json'),
      server: serveOptions(context.settings),
    };
    const { run } = await import('./run.js');
    await run(options, context);
  });
  return { command, ...MANUAL };
}

/** The input format. Options that only one format supports imply it. */
function readAsIn({ type, pattern, each, delimiter }: IngestFlags): RequestedFormat {
  const needs = (option: string, types: readonly InputFormat[]): void => {
    if (type === undefined || types.includes(type)) return;
    throw new TelemetryError('usage', `${option} is for --type ${types.join(' and ')}, not ${type}`, {
      remedy: `Leave out ${option}, or name another --type.`,
    });
  };
  if (pattern !== undefined) needs('--pattern', ['regex']);
  if (each !== undefined) needs('--each', ['json', 'ndjson']);
  if (delimiter !== undefined) needs('--delimiter', ['csv', 'tsv']);
  if (type === 'regex' && pattern === undefined) throw noPattern();
  const implied =
    each !== undefined ? 'json' : pattern !== undefined ? 'regex' : delimiter !== undefined ? 'csv' : undefined;
  return {
    reading: each === undefined ? (type ?? implied) : 'json',
    pattern,
    each,
    delimiter: delimiter === undefined ? undefined : delimiterIn(delimiter),
  };
}

/** Parses a delimiter. `\\t` and `tab` mean a tab character. */
function delimiterIn(text: string): string {
  const delimiter = text === '\\t' || text.toLowerCase() === 'tab' ? '\t' : text;
  if (delimiter === '' || /["\r\n]/.test(delimiter)) {
    throw new TelemetryError('usage', `--delimiter: ${JSON.stringify(text)} cannot separate cells`, {
      remedy: "Write a character such as ';', or tab.",
    });
  }
  return delimiter;
}

function keyNames(given: readonly string[]): KeyName[] {
  const names = commaList(given).map(text => {
    const [to, from] = pair('--map', text, { form: 'field=key', example: 'time=ts' });
    return { to, from };
  });
  const twice = names.find(({ to }, i) => names.findIndex(other => other.to === to) !== i);
  if (twice) {
    throw new TelemetryError('usage', `--map: "${twice.to}" is mapped twice`, {
      remedy: 'Name one key for each field.',
    });
  }
  return names;
}
