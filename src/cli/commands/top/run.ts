import { measureOperations, type Operation, type Operations } from '../../../query/report/operations.js';
import { chalkFor } from '../../../render/chalk.js';
import { glyphsOf } from '../../../render/charts/glyphs.js';
import { operationLines } from '../../../render/charts/operations-table.js';
import type { Context } from '../../shared/context.js';
import { damagedSegmentWarning } from '../../shared/damaged-segment-warning.js';
import { counted } from '../../shared/count.js';
import { endInTime } from '../../shared/forced-end.js';
import { printReport } from '../../shared/report.js';
import { USUAL_COLUMNS } from '../../shared/streams.js';
import { watchFrames } from '../../shared/watch-frames.js';
import type { TopOptions } from './options.js';

/** The parts of the time in which calls are counted: the most cells of a sparkline. */
const PARTS = 24;

/** The head, the summary and the prompt. */
const OTHER_LINES = 3;

/** Prints the operations of the store, once or again and again. */
export async function run(options: TopOptions, context: Context): Promise<void> {
  const frame = (): Promise<string> => endInTime(context.signal, () => reportText(options, context));
  if (options.watch !== undefined) await watchFrames(options.watch, context, frame);
  await context.streams.out.write(await frame());
}

/** The report in the format asked for. */
async function reportText(options: TopOptions, context: Context): Promise<string> {
  const timezone =
    options.tz ?? (options.format === 'table' ? Intl.DateTimeFormat().resolvedOptions().timeZone : 'UTC');
  const { streams, signal } = context;
  const operations = await measureOperations(
    {
      dir: options.store,
      ...options.bounds(),
      timezone,
      timeStyle: options.format === 'table' ? 'readable' : 'iso',
      memory: options.memory,
      readyStores: context.readyStores,
      signal,
      onDamaged: damagedSegmentWarning(streams),
    },
    { by: options.by, where: options.where, parts: PARTS },
  );
  const sorted = [...operations.groups].sort((a, b) => order(a, b, options.sort));
  let text = '';
  const out = { write: (more: string | Uint8Array) => ((text += String(more)), Promise.resolve()) };
  const { color, columns, isTerminal } = streams;
  await printReport(
    options.format,
    { streams: { ...streams, color, columns, isTerminal, out }, signal },
    {
      table: () => out.write(tableText(sorted, operations, timezone, options, context)),
      json: sorted.slice(0, options.limit).map(jsonOf),
    },
  );
  return text;
}

function tableText(
  sorted: readonly Operation[],
  { first, last }: Operations,
  timezone: string,
  { limit, style, by }: TopOptions,
  { streams }: Context,
): string {
  if (first === undefined || last === undefined) return 'no spans\n';
  const fitting = streams.rows === undefined ? Infinity : Math.max(1, streams.rows - OTHER_LINES);
  const shown = sorted.slice(0, limit ?? fitting);
  const chalk = chalkFor(streams.color);
  const columns = streams.columns ?? USUAL_COLUMNS;
  const lines = operationLines(shown, { columns, rows: fitting, glyphs: glyphsOf(style), chalk });
  const spans = sorted.reduce((sum, { calls }) => sum + calls, 0);
  const seconds = (time: string): string => time.slice(0, 19);
  const noun = by === 'service' ? 'service' : 'operation';
  const left = sorted.length - shown.length;
  const note = `${counted(spans, 'span')}, ${seconds(first)} to ${seconds(last)} ${timezone}`;
  const rest = left === 0 ? '' : `, ${counted(left, `more ${noun}`)}`;
  return [...lines, chalk.dim(`(${note}${rest})`), ''].join('\n');
}

function order(a: Operation, b: Operation, by: TopOptions['sort']): number {
  const name = ({ service, operation }: Operation): string => `${service ?? ''}\0${operation ?? ''}`;
  return (b[by] ?? -1) - (a[by] ?? -1) || b.calls - a.calls || (name(a) < name(b) ? -1 : 1);
}

function jsonOf({ p50, p95, p99, total, callsOverTime, ...rest }: Operation): object {
  return { ...rest, p50_ms: p50, p95_ms: p95, p99_ms: p99, total_ms: total, calls_over_time: callsOverTime };
}
