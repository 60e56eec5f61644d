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

/** `telemetry ingest` */
export function register(program: Command, start: Start): Manual {
  const command = program
    .command('ingest')
    .summary('import files of events')
    .description(
      'Stores the events of files: NDJSON, JSON, CSV, TSV, Parquet, logfmt or text lines, also compressed with gzip or zstd. ' +
        'With or without a server; an import that was interrupted goes on where it was when it is run again.',
    )
    .argument('[file...]', 'what to import; - or nothing is stdin')
    .addOption(typeOption(INPUT_FORMATS, "by the name's ending, else by what it begins with"))
    .addOption(patternOption())
    .option('--each <path>', 'import each element of one list of a JSON document: Records, .data.items')
    .option('--delimiter <text>', 'between two cells of a CSV (default: what its header has most of: , ; tab |)')
    .option('--service <name>', 'the service_name of events that have none')
    .option(
      '--set <key=value>',
      'a key that events get that have none of the name; key:=json; may be repeated',
      collect,
    )
    .option('--map <field=key,...>', 'keys that hold a field: time=ts,type=kind,name=action', collect)
    .addOption(
      new Option('--on-error <what>', 'stop at what is no event, or skip it and say so (default: stop)').choices([
        'stop',
        'skip',
      ]),
    )
    .option('--again', 'import files once more that were imported before')
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
        remedy: 'Name files, or pipe something in; - reads the keyboard.',
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
  return {
    command,
    examples: [
      { line: 'telemetry ingest events.ndjson.gz access.csv', purpose: 'Two files, into the store' },
      {
        line: 'telemetry ingest --map time=ts,type=kind old.ndjson',
        purpose: 'Say which keys hold the time and the type',
      },
      {
        line: 'telemetry ingest --on-error skip app.log',
        purpose: 'Leave out what is no event, and say how much that was',
      },
      { line: 'kubectl logs app | telemetry ingest --type logfmt -', purpose: 'What another program prints' },
    ],
    notes: [
      'How far a file is imported is kept with its events, in the same commit: whatever ends an import, running it again stores what is missing and nothing twice. A file that is complete is not imported again; what was appended to it is. A file that was renamed is known by its device and inode, a compressed one that was mended or compressed again by its text. One whose first bytes have changed, or that is read as something else, is imported all over, and stderr says so. --again imports what is known once more. Stdin and pipes cannot be read again, so an import of them starts anew.',
      '--map renames keys: of time=ts, the key ts is stored as time, and every other byte as it is. A key within an object is named with dots, and copied. A key that has the name already is kept as original_time.',
      'Text lines are stored as JSON strings. A CSV row is an object with the names of the header; a number or boolean without quotes is one, an empty cell is null. In logfmt, so is a value without quotes.',
      'A line or file of JSON that is an OTLP request, as the file exporters of the collector and of SDKs write them, is stored as its spans, log records and data points.',
    ],
  };
}

/** Each option that only one type has tells the type. */
function readAsIn({ type, pattern, each, delimiter }: IngestFlags): RequestedFormat {
  const needs = (option: string, types: readonly InputFormat[]): void => {
    if (type === undefined || types.includes(type)) return;
    throw new TelemetryError('usage', `${option} is for --type ${types.join(' and ')}, not ${type}`);
  };
  if (pattern !== undefined) needs('--pattern', ['regex']);
  if (each !== undefined) needs('--each', ['json', 'ndjson']);
  if (delimiter !== undefined) needs('--delimiter', ['csv', 'tsv']);
  if (type === 'regex' && pattern === undefined) throw noPattern();
  const told =
    each !== undefined ? 'json' : pattern !== undefined ? 'regex' : delimiter !== undefined ? 'csv' : undefined;
  return {
    reading: each === undefined ? (type ?? told) : 'json',
    pattern,
    each,
    delimiter: delimiter === undefined ? undefined : delimiterIn(delimiter),
  };
}

/** `\\t` and `tab` are what a shell does not make of them. */
function delimiterIn(text: string): string {
  const delimiter = text === '\\t' || text.toLowerCase() === 'tab' ? '\t' : text;
  if (delimiter === '' || /["\r\n]/.test(delimiter)) {
    throw new TelemetryError('usage', `--delimiter: ${JSON.stringify(text)} cannot stand between two cells`);
  }
  return delimiter;
}

function keyNames(given: readonly string[]): KeyName[] {
  const names = commaList(given).map(text => {
    const [to, from] = pair('--map', text);
    return { to, from };
  });
  const twice = names.find(({ to }, i) => names.findIndex(other => other.to === to) !== i);
  if (twice) throw new TelemetryError('usage', `--map: "${twice.to}" is given two keys`);
  return names;
}
