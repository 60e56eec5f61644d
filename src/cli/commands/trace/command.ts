import { extname, resolve } from 'node:path';
import type { Command } from 'commander';
import { parseDuration, parseInstant } from '../../../core/duration.js';
import { TelemetryError } from '../../../core/errors.js';
import type { Context, Manual, Start } from '../../shared/context.js';
import { wholeNumber } from '../../config/values.js';
import { noServerOption, parsed, reportFormatOption, settingOption } from '../../shared/options.js';
import type { ReportFormat } from '../../shared/report.js';
import { addSince, sinceOf, type SinceFlags } from '../../shared/time-options.js';
import { filterOption, whereOf, type WhereFlags } from '../../shared/where-option.js';
import type { HideBelow, TraceOptions } from './options.js';

interface TraceFlags extends SinceFlags, WhereFlags {
  until?: string;
  limit?: string;
  span?: string;
  hideBelow?: string;
  fold: boolean;
  logs: boolean;
  skew: boolean;
  ascii?: boolean;
  format?: ReportFormat;
  out?: string;
}

const USUAL_LIMIT = 5;

const MANUAL: Omit<Manual, 'command'> = {
  examples: [
    { line: 'telemetry trace', purpose: 'List the recent, the slowest and the failed traces' },
    {
      line: `telemetry trace --where "service = 'api' and duration_ms > 1000"`,
      purpose: 'List traces with a slow span',
    },
    { line: 'telemetry trace 4bf92f35', purpose: 'Draw the trace whose id begins with this' },
    { line: 'telemetry trace 4bf92f35 --hide-below 1%', purpose: 'Draw it without its short spans' },
    { line: 'telemetry trace 4bf92f35 --span 00f067aa', purpose: 'Show one span, with the spans below it' },
    { line: 'telemetry trace 4bf92f35 --out trace.html', purpose: 'Write a page that opens without a network' },
    { line: 'telemetry trace 4bf92f35 --format json', purpose: 'Print the tree with its computed times, for a script' },
  ],
  notes: [
    'A span is an event of type trace, or one of another type that has both the id and the duration of a span; other than a log or a metric. The other events of a trace are printed between its spans, at their times. The id of a trace may be cut to a prefix that only one trace has. A traceparent header names its trace.',
    'Rows are in the order of the tree. TOTAL is the time of the span, SELF the part of it in which no child ran. The faint line before a bar is the time before the span. A * marks the critical path: from the end of a span backward, the child that ended last, and so on; a shorter span there would have ended the trace earlier.',
    'Four or more spans below one span with one service, name and outcome are one row, "db.query x 312", whose time is the sum; so are equal logs. The spans below them are folded likewise. --no-fold prints each.',
    'Any spans can be drawn. A span whose parent is not stored is a root; a cycle of parents is cut at its earliest span; a span that was stored twice counts once; one without an end lasts until the last span below it ends. A span that starts before its parent is moved, with the spans of its service below it: to the start of its parent, or, from a client to its server, into the middle. --no-skew leaves it in its place. The last lines list what was folded, mended and left out.',
    '--hide-below takes a share of the drawn time or a duration; a row with an error at or below it is never hidden. With an id, --where hides the spans for which the condition is not true, other than those above a matching one.',
    'Exit codes: 0, 1 no such trace or span, 2 a prefix of several, 3 no store, 4 an error in --where, 130 interrupted.',
  ],
};

/** `telemetry trace` */
export function register(program: Command, start: Start): Manual {
  const command = program
    .command('trace')
    .summary('list traces, or draw one')
    .description(
      'Without an id, lists the recent, the slowest and the failed traces. With one, draws the trace: a tree of spans with bars, the critical path, self times and logs.',
    )
    .argument('[id]', 'the id of a trace, or the start of one')
    .addOption(settingOption('store'))
    .option('--where <sql>', 'only traces with an event for which this is true; with an id, only such spans')
    .addOption(filterOption());
  addSince(command, 'only events since')
    .option('--until <time>', 'only events before this time')
    .option('-n, --limit <count>', `traces in each list (default: ${USUAL_LIMIT})`)
    .option('--span <id>', 'show this span and the spans below it')
    .option('--hide-below <time>', 'hide rows of less time: 1% of the whole, or 5ms')
    .option('--no-fold', 'print each repeat of an operation')
    .option('--no-logs', 'leave out logs')
    .option('--no-skew', 'leave spans that start before their parents in their places')
    .option('--ascii', 'draw with ASCII characters')
    .option('-o, --out <path>', 'write the trace as a page, FILE.html')
    .addOption(reportFormatOption('a list: table on a terminal, else json; a trace: table, which draws it'))
    .addOption(settingOption('tz'))
    .addOption(noServerOption());
  command.action(async (id: string | undefined) => {
    const context = await start(command.optsWithGlobals());
    const options = optionsOf(id, command.opts<TraceFlags>(), context);
    const { run } = await import('./run.js');
    await run(options, context);
  });
  return { command, ...MANUAL };
}

/** @throws TelemetryError `usage` for a value that is not valid, and for options that need an id. */
function optionsOf(id: string | undefined, flags: TraceFlags, context: Context): TraceOptions {
  const { settings, cwd } = context;
  const onlyWithId = Object.entries({ '--span': flags.span, '--hide-below': flags.hideBelow, '--out': flags.out });
  const unused = id === undefined ? onlyWithId.find(([, value]) => value !== undefined) : undefined;
  if (unused) {
    throw new TelemetryError('usage', `${unused[0]} needs the id of a trace`, {
      remedy: 'List the traces with `telemetry trace`.',
    });
  }
  if (flags.out !== undefined && !/^\.html?$/i.test(extname(flags.out))) {
    throw new TelemetryError('usage', `--out ${flags.out}: a trace is written as a page, FILE.html`, {
      remedy: 'For other formats, redirect the output: telemetry trace ID --format json > FILE.',
    });
  }
  return {
    store: settings.get('store'),
    id,
    where: whereOf(flags),
    since: sinceOf(flags, context.now()),
    until: parsed('--until', flags.until, text => parseInstant(text, context.now())),
    limit: parsed('--limit', flags.limit, text => wholeNumber(0)(text, cwd)) ?? USUAL_LIMIT,
    span: flags.span,
    hideBelow: parsed('--hide-below', flags.hideBelow, hideBelowOf),
    folds: flags.fold,
    showsLogs: flags.logs,
    mendsSkew: flags.skew,
    ascii: flags.ascii === true,
    format: flags.format,
    out: flags.out === undefined ? undefined : resolve(cwd, flags.out),
    tz: settings.get('tz'),
  };
}

function hideBelowOf(text: string): HideBelow {
  const [, percent] = /^(\d+(?:\.\d+)?)\s*%$/.exec(text.trim()) ?? [];
  if (percent === undefined) return { ms: parseDuration(text) };
  if (Number(percent) <= 100) return { share: Number(percent) / 100 };
  throw new TelemetryError('usage', `"${text}" is more than 100%`, { remedy: 'Write it like 1% or 5ms.' });
}
