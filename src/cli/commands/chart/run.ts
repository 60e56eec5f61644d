import { TelemetryError } from '../../../core/errors.js';
import { openSession } from '../../../query/session.js';
import { splitStatements } from '../../../query/sql/split-sql.js';
import { buildChart } from '../../../render/charts/build.js';
import { roomOf } from '../../../render/charts/draw.js';
import { readRows, type Table } from '../../../render/charts/read-rows.js';
import { chartText } from '../../shared/chart-text.js';
import type { Context } from '../../shared/context.js';
import { damagedSegmentWarning } from '../../shared/damaged-segment-warning.js';
import { endInTime } from '../../shared/forced-end.js';
import { noSql, readParametrizedSql } from '../../shared/sql-source.js';
import { watchFrames } from '../../shared/watch-frames.js';
import { withTimeout } from '../query/timeout.js';
import type { ChartOptions } from './options.js';

/** The room of the numbers of a chart in a picture or as JSON: what a page of 960 x 480 pixels shows. */
const PICTURE = { columns: 160, rows: 50 } as const;

/** Draws the result of a query on the terminal, or writes it to a file. */
export async function run(given: ChartOptions, context: Context): Promise<void> {
  const { sql, parameters } = await readParametrizedSql(given, given.parameters, context);
  const options = { ...given, parameters };
  const statements = splitStatements(sql);
  const [statement] = statements;
  if (statement === undefined) throw noSql();
  if (statements.length > 1) {
    throw new TelemetryError('usage', `a chart draws one statement, but there are ${statements.length}`);
  }
  const frame = (): Promise<string> => drawn(statement, options, context);
  if (options.watch !== undefined) await watchFrames(options.watch, context, frame);
  const text = await frame();
  if (text !== '') await context.streams.out.write(text);
}

/** Asks and draws; returns '' where it wrote a file. */
async function drawn(statement: string, options: ChartOptions, context: Context): Promise<string> {
  const timeout = withTimeout(context.signal, options.timeout);
  const timezone = options.tz ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  try {
    const table = await endInTime(timeout.signal, () => ask(statement, options, context, timezone, timeout.signal));
    const { out, isJson, style, width, height } = options;
    if (out === undefined && !isJson)
      return chartText(table, options, { style, width, height, timezone }, context.streams);
    const chart = buildChart(table, options, roomOf(PICTURE), timezone);
    if (out === undefined) return `${JSON.stringify(chart)}\n`;
    const { writeChart } = await import('./write-chart.js');
    await writeChart(out, chart, options.title ?? statement.trim());
    return '';
  } finally {
    timeout.stop();
  }
}

async function ask(
  statement: string,
  options: ChartOptions,
  context: Context,
  timezone: string,
  signal: AbortSignal,
): Promise<Table> {
  const session = await openSession({
    dir: options.store,
    ...options.bounds(),
    timezone,
    timeStyle: 'iso',
    files: options.files,
    memory: options.memory,
    readyStores: context.readyStores,
    signal,
    onDamaged: damagedSegmentWarning(context.streams),
  });
  try {
    const result = await session.query(statement, options.parameters, options.limit);
    const table = await readRows(result, signal, options.limit);
    return options.limit === undefined ? table : { ...table, isCut: false };
  } finally {
    session.close();
  }
}
