import { extname, resolve } from 'node:path';
import type { Command } from 'commander';
import { parseInstant } from '../../../core/duration.js';
import { TelemetryError } from '../../../core/errors.js';
import { wholeNumber } from '../../config/values.js';
import type { Context, Manual, Start } from '../../shared/context.js';
import { collect, commaList, formatOption, parsed, settingOption } from '../../shared/options.js';
import { addSince, sinceOf, type SinceFlags } from '../../shared/time-options.js';
import { REPORT_FORMATS, type ReportOptions } from './options.js';

interface ReportFlags extends SinceFlags {
  until?: string;
  title?: string;
  traces?: string;
  limit?: string;
  redact?: string[];
  format?: ReportOptions['format'];
  out?: string;
}

const USUAL_TRACES = 5;
const USUAL_LIMIT = 20;

const MANUAL: Omit<Manual, 'command'> = {
  examples: [
    { line: 'telemetry report --since 1h --out report.html', purpose: 'Summarize the last hour on one page' },
    { line: 'telemetry report --redact email,secrets --out report.html', purpose: 'Write one to hand on' },
    { line: 'telemetry report --since 1h --format json', purpose: 'Print its numbers, for a script' },
  ],
  notes: [
    'The page has the events over time, the errors by pattern, the slowest traces with waterfalls, the operations with the most time, and the metrics. It is one file without scripts that opens without a network. Its numbers are those of telemetry query, patterns, trace and top at one moment.',
    '--redact replaces email addresses and other values by their form in every text of the report, as it does for events that a server receives; the store keeps them. It takes email, ip, credit-card, iban, phone, jwt, aws-key, github-token, private-key and secrets.',
  ],
};

/** `telemetry report` */
export function register(program: Command, start: Start): Manual {
  const command = program
    .command('report')
    .summary('write a page that summarizes the store')
    .description('Writes one page of HTML: events over time, errors, slow traces, operations and metrics.')
    .addOption(settingOption('store'));
  addSince(command, 'only events since')
    .option('--until <time>', 'only events before this time')
    .option('-o, --out <path>', 'the file to write, or - for stdout')
    .option('--title <text>', 'the title of the page (default: telemetry report)')
    .option('--traces <count>', `the slowest traces to draw (default: ${USUAL_TRACES})`)
    .option('-n, --limit <rows>', `rows of each table (default: ${USUAL_LIMIT})`)
    .option('--redact <forms>', 'replace values of these forms, comma-separated: email, ip, secrets, ...', collect)
    .addOption(formatOption(REPORT_FORMATS, 'html, or json by the name of the file'))
    .addOption(settingOption('tz'));
  command.action(async () => {
    const context = await start(command.optsWithGlobals());
    const { run } = await import('./run.js');
    await run(await optionsOf(command.opts<ReportFlags>(), context), context);
  });
  return { command, ...MANUAL };
}

/** @throws TelemetryError `usage` for a value that is not valid, and for a page on a terminal. */
async function optionsOf(flags: ReportFlags, context: Context): Promise<ReportOptions> {
  const { settings, cwd, streams } = context;
  const { out } = flags;
  const format = flags.format ?? (/^\.json$/i.test(extname(out ?? '')) ? 'json' : 'html');
  if (out === undefined && format === 'html' && streams.isTerminal) {
    throw new TelemetryError('usage', 'the report is a page, which a terminal cannot show', {
      remedy: 'Write it to a file: telemetry report --out report.html.',
    });
  }
  const number = (option: string, text: string | undefined, usual: number): number =>
    parsed(option, text, value => wholeNumber(0)(value, cwd)) ?? usual;
  return {
    store: settings.get('store'),
    since: sinceOf(flags, context.now()),
    until: parsed('--until', flags.until, text => parseInstant(text, context.now())),
    title: flags.title,
    traces: number('--traces', flags.traces, USUAL_TRACES),
    limit: number('--limit', flags.limit, USUAL_LIMIT),
    redact: await detectorsOf(commaList(flags.redact ?? [])),
    format,
    out: out === undefined || out === '-' ? undefined : resolve(cwd, out),
    tz: settings.get('tz'),
  };
}

/** @throws TelemetryError `usage` for a word that is not a form of values: a report has no keys to name. */
async function detectorsOf(words: readonly string[]): Promise<ReportOptions['redact']> {
  const { detectorsIn, pathsIn } = await import('../../../processors/redact/detectors.js');
  const [unknown] = pathsIn(words);
  if (unknown === undefined) return detectorsIn(words);
  throw new TelemetryError('usage', `--redact: "${unknown}" is not a form of values`, {
    remedy: 'Write email, ip, credit-card, iban, phone, jwt, aws-key, github-token, private-key or secrets.',
  });
}
