import { extname, resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { parseDuration, parseInstant } from '../../../core/duration.js';
import { TelemetryError } from '../../../core/errors.js';
import { wholeNumber } from '../../config/values.js';
import { addStyle, styleOf, type StyleFlags } from '../../shared/chart-style.js';
import type { Context, Manual, Start } from '../../shared/context.js';
import { collect, commaList, pair, parsed, settingOption } from '../../shared/options.js';
import { supervise } from '../../shared/supervised.js';
import { INSTANT_FORMS, lastOption, sinceOf, type SinceFlags } from '../../shared/time-options.js';
import { parseInterval } from '../../shared/watch-frames.js';
import { filterOption, whereOf, type WhereFlags } from '../../shared/where-option.js';
import type { ChartOptions } from './options.js';

interface ChartFlags extends SinceFlags, WhereFlags, StyleFlags {
  file?: string;
  param?: string[];
  type?: ChartOptions['type'];
  x?: string;
  y?: string[];
  by?: string;
  width?: string;
  height?: string;
  format?: string;
  out?: string;
  title?: string;
  until?: string;
  watch?: string;
  timeout?: string;
  limit?: string;
  with?: string[];
}

const TYPES = ['line', 'bar', 'area', 'scatter', 'heatmap', 'histogram'] as const;

/** The files that --out writes, by their endings. */
const PICTURES = ['.svg', '.png', '.html'];

/** The narrowest and lowest drawing that can be read. */
const MIN_WIDTH = 20;
const MIN_HEIGHT = 6;

const MANUAL: Omit<Manual, 'command'> = {
  examples: [
    { line: 'telemetry chart "select time, duration_ms from spans"', purpose: 'Draw a line over time' },
    {
      line: 'telemetry chart "select time, service, duration_ms from spans"',
      purpose: 'Draw a line for each service',
    },
    { line: 'telemetry chart "select service, count(*) from events group by 1"', purpose: 'Draw bars' },
    { line: 'telemetry chart "select duration_ms from spans"', purpose: 'Draw a histogram' },
    {
      line: 'telemetry chart --type heatmap "select time, duration_ms from spans"',
      purpose: 'Draw latencies over time',
    },
    { line: 'telemetry chart "select duration_ms from spans" --out durations.svg', purpose: 'Write a picture' },
    {
      line: `telemetry chart --where "severity = 'ERROR'" --since 1h --watch 2s`,
      purpose: 'Watch the errors of an hour',
    },
  ],
  notes: [
    'Without --type, the type follows from the columns: a time and numbers make a line; with a text column, a line for each of its values, or a heatmap when there are more than 8. A text and numbers make bars, one number or a time alone a histogram, two numbers a scatter chart, a text alone bars of the number of rows, and a single row of numbers a bar for each.',
    'Numbers have units by the ending of their name (_ms, _s, _bytes, _percent and others), or those of the column metric_unit. What a chart leaves out is noted below it. Bins include their start and exclude their end. A heatmap shows the highest value of a cell, or with a time and a number alone the number of rows. --by takes the column whose values become series.',
    '--out writes SVG, PNG or an HTML page that opens offline, by the ending of the name. These need the optional packages echarts, and for PNG @resvg/resvg-js and dejavu-fonts-ttf.',
    'With --watch, each frame is a new query, which starts after the one before has ended. Ctrl-C ends it.',
  ],
};

/** `telemetry chart` */
export function register(program: Command, start: Start): Manual {
  const command = program
    .command('chart')
    .summary('draw the result of a query')
    .description('Draws the result of a query on the terminal, or writes it as a picture or a page.')
    .argument('[sql]', 'the SQL, @NAME for a saved query, or - for stdin (default: --file, --where or stdin)')
    .addOption(settingOption('store'))
    .option('-f, --file <path>', 'read the SQL from a file, or - for stdin')
    .option('--where <sql>', 'without SQL: draw the times of the events for which this is true')
    .addOption(filterOption())
    .option('-p, --param <name=value>', 'bind $name to a value; repeatable', collect)
    .addOption(new Option('--type <type>', `${TYPES.join(', ')} (default: by the columns)`).choices(TYPES))
    .option('--x <column>', 'the column of the x axis or the labels')
    .option('--y <column>', 'the column of the values; repeatable', collect)
    .option('--by <column>', 'the column whose values become series')
    .option('-o, --out <path>', 'write a .svg, .png or .html file')
    .option('--title <text>', 'the title of the file (default: the SQL)')
    .option('--watch <interval>', 'draw again every 2s, 1m, ...');
  addStyle(command)
    .option('--width <cells>', 'the width (default: that of the terminal, else 80)')
    .option('--height <lines>', 'the height (default: that of the terminal, else 24)')
    .addOption(
      new Option('--format <name>', 'text, or json for the numbers of the chart (default: text)').choices([
        'text',
        'json',
      ]),
    )
    .option('--since <time>', `only events at or after this time: ${INSTANT_FORMS}`)
    .addOption(lastOption())
    .option('--until <time>', 'only events before this time')
    .addOption(settingOption('tz'))
    .option('--timeout <duration>', 'cancel the query after this long')
    .addOption(settingOption('queryMemory'))
    .option('-n, --limit <rows>', 'draw at most this many rows')
    .option('--with <name=path>', 'use a CSV, JSON or Parquet file as a table; repeatable', collect);
  command.action(async (sql: string | undefined) => {
    const flags = command.opts<ChartFlags>();
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
function optionsOf(sql: string | undefined, flags: ChartFlags, context: Context): ChartOptions {
  const { settings, cwd } = context;
  const count = (least: number) => (text: string) => wholeNumber(least)(text, cwd);
  const bounds = (): ReturnType<ChartOptions['bounds']> => ({
    since: sinceOf(flags, context.now()),
    until: parsed('--until', flags.until, text => parseInstant(text, context.now())),
  });
  bounds();
  return {
    store: settings.get('store'),
    sql: sqlOf(sql, flags),
    file: flags.file === undefined || flags.file === '-' ? flags.file : resolve(cwd, flags.file),
    parameters: Object.fromEntries((flags.param ?? []).map(text => pair('--param', text))),
    type: flags.type,
    x: flags.x,
    y: flags.y && commaList(flags.y),
    by: flags.by,
    style: styleOf(flags),
    width: parsed('--width', flags.width, count(MIN_WIDTH)),
    height: parsed('--height', flags.height, count(MIN_HEIGHT)),
    isJson: flags.format === 'json',
    out: outOf(flags, cwd),
    title: flags.title,
    bounds,
    watch: parsed('--watch', flags.watch, parseInterval),
    tz: settings.get('tz'),
    timeout: parsed('--timeout', flags.timeout, parseDuration),
    memory: settings.get('queryMemory'),
    limit: parsed('--limit', flags.limit, count(0)),
    files: (flags.with ?? []).map(text => {
      const [name, file] = pair('--with', text, { form: 'name=file', example: 'users=users.csv' });
      return { name, file: resolve(cwd, file) };
    }),
  };
}

function outOf({ out, watch }: ChartFlags, cwd: string): string | undefined {
  if (out === undefined) return undefined;
  if (watch !== undefined)
    throw new TelemetryError('usage', '--watch draws on the terminal, so it cannot be combined with --out');
  if (PICTURES.includes(extname(out).toLowerCase())) return resolve(cwd, out);
  throw new TelemetryError('usage', `--out ${out}: no kind of picture is known for "${extname(out)}"`, {
    remedy: `Name a file that ends in ${PICTURES.join(', ')}.`,
  });
}

function sqlOf(argument: string | undefined, flags: ChartFlags): string | undefined {
  const where = whereOf(flags);
  if (argument !== undefined && flags.file !== undefined) {
    throw new TelemetryError('usage', 'the SQL was given twice: as an argument and with --file');
  }
  if (where === undefined) return argument;
  if (argument === undefined && flags.file === undefined) return `select time from events where (${where}\n)`;
  throw new TelemetryError('usage', '--where is for a chart without SQL, of the times of the events', {
    remedy: `Put the condition into the SQL: ... where ${where}.`,
  });
}
