import type { ChalkInstance } from 'chalk';
import { formatRange, type RangeBar } from '../charts/bar.js';
import type { Glyphs } from '../charts/glyphs.js';
import { formatQuantity } from '../charts/quantity.js';
import { paintSeries } from '../charts/series-color.js';
import { chalkFor } from '../chalk.js';
import { paintLevel } from '../level.js';
import { visible } from '../visible.js';
import { ahead, cut, padEnd, padStart, widthOf } from '../width.js';
import {
  marksOf,
  offsetText,
  type DrawnLog,
  type DrawnRow,
  type DrawnSpan,
  type DrawnTrace,
  type Interval,
} from './drawn-trace.js';
import { wrap } from './wrap.js';

/** Options of {@link drawTrace}. */
export interface WaterfallOptions {
  /** The width in terminal cells. */
  readonly columns: number;
  readonly color: boolean;
  readonly glyphs: Glyphs;
}

/** Less cannot be read: the drawing is this wide on a narrower terminal. */
const MIN_COLUMNS = 40;

/** The width of a time: `12.3ms`, `59m59s`. */
const TIME_WIDTH = 7;

/** From this width on, there is a column of self times. */
const MIN_COLUMNS_WITH_SELF = 60;

/** The mark of the critical path, that of an error, and a space. */
const GUTTER_WIDTH = 3;

/** The largest part of the width that names take from the bars. */
const MAX_NAME_SHARE = 0.55;

/** Parts of the critical path to list; the others are small. */
const MAX_PARTS = 5;

interface Layout extends WaterfallOptions {
  readonly chalk: ChalkInstance;
  readonly name: number;
  readonly bar: number;
  readonly hasSelf: boolean;
  /** The cells that a level of the tree is moved to the right by, and the most that any is. */
  readonly indent: { readonly step: number; readonly most: number };
}

/** The lines of a waterfall, without line ends: summary, tree with bars, critical path, notes. */
export function* drawTrace(trace: DrawnTrace, options: WaterfallOptions): Generator<string> {
  const layout = layoutOf(trace, options);
  yield* summary(trace, layout);
  yield headings(trace, layout);
  for (const row of trace.rows) yield row.kind === 'span' ? spanLine(row, layout) : logLine(row, layout);
  yield '';
  yield* pathLines(trace, layout);
  const marks = marksOf(trace.rows);
  if (marks.length > 0) yield* dimLines(marks.join('; '), layout);
  for (const note of trace.notes) yield* dimLines(note, layout);
}

function layoutOf({ rows }: DrawnTrace, options: WaterfallOptions): Layout {
  const columns = Math.max(MIN_COLUMNS, options.columns);
  const hasSelf = columns >= MIN_COLUMNS_WITH_SELF;
  const times = (hasSelf ? 2 : 1) * (TIME_WIDTH + 1);
  const room = columns - times - 1;
  const most = Math.floor(room * MAX_NAME_SHARE);
  const deepest = rows.reduce((depth, row) => Math.max(depth, row.depth), 0);
  const half = Math.floor(most / 2);
  const indent = { step: deepest * 2 <= half ? 2 : 1, most: half };
  let name = GUTTER_WIDTH + widthOf('SPAN');
  for (const row of rows) {
    if (name >= most) break;
    name = Math.max(name, GUTTER_WIDTH + indentOf(row.depth, indent).length + widthWanted(row, columns, times));
  }
  name = Math.min(name, most);
  return { ...options, columns, chalk: chalkFor(options.color), name, bar: room - name, hasSelf, indent };
}

function* summary(trace: DrawnTrace, layout: Layout): Generator<string> {
  const { columns, color, chalk } = layout;
  const head = `trace ${visible(trace.traceId)}`;
  const title = visible(ahead(trace.title, columns));
  const room = columns - widthOf(head) - 2;
  if (widthOf(title) <= room) yield `${head}  ${chalk.bold(title)}`.trimEnd();
  else yield* [cut(head, columns), chalk.bold(cut(title, columns))];
  yield* wrap(trace.facts.map(visible).join(', '), columns);
  if (trace.above.length > 0) yield* dimLines(`in ${trace.above.map(visible).join(' > ')}`, layout);
  for (const [name, value] of trace.details) {
    yield color ? chalk.dim(`${visible(name)} = `) + visible(value) : `${visible(name)} = ${visible(value)}`;
  }
  if (trace.services.length > 1 && color) {
    const names = trace.services.map(([name], i) => paintSeries(i, chalk)(visible(name === '' ? '(none)' : name)));
    yield `services: ${names.join(' ')}`;
  }
  yield '';
}

function headings({ lengthMs }: DrawnTrace, { chalk, name, bar, hasSelf, glyphs }: Layout): string {
  const times = [' TOTAL', ...(hasSelf ? [' SELF'] : [])].map(text => ` ${padStart(text, TIME_WIDTH)}`).join('');
  const end = formatQuantity(lengthMs, 'ms');
  const axis = `0${glyphs.line.horizontal.repeat(Math.max(0, bar - 2 - widthOf(end)))} ${end}`;
  return `${chalk.bold(padEnd(`${' '.repeat(GUTTER_WIDTH)}SPAN`, name) + times)} ${chalk.dim(` ${axis}`.slice(1))}`;
}

function spanLine(row: DrawnSpan, layout: Layout): string {
  const { chalk, glyphs, name, bar, hasSelf, indent } = layout;
  const paint = paintSeries(row.color, chalk);
  const indentation = indentOf(row.depth, indent);
  const suffix = countText(row.count, glyphs) + (row.marks === '' ? '' : ` ${row.marks}`);
  const room = name - GUTTER_WIDTH - indentation.length - widthOf(suffix);
  const label = cut(nameOf(row, name), room);
  const isSplit = row.service !== '' && label.startsWith(visible(row.service));
  const service = isSplit ? visible(row.service) : '';
  const painted = paint(service) + (row.isError ? chalk.red : asItIs)(label.slice(service.length));
  const gutter = (row.isCritical ? '*' : ' ') + (row.isError ? chalk.red('!') : ' ') + ' ';
  const text = padEnd(gutter + chalk.dim(indentation) + painted + chalk.dim(suffix), name);
  const times = [row.totalMs, ...(hasSelf ? [row.selfMs] : [])].map(
    ms => ` ${padStart(ms === undefined ? '-' : timeText(ms), TIME_WIDTH)}`,
  );
  const { lead, bar: filled, rest } = barOf(row.intervals, bar, glyphs);
  return `${text}${times.join('')} ${chalk.dim(lead)}${(row.isCritical ? paint : dimmed(paint, chalk))(filled)}${rest}`.trimEnd();
}

function dimmed(paint: (text: string) => string, chalk: ChalkInstance): (text: string) => string {
  return text => chalk.dim(paint(text));
}

/** The text of a log takes the columns of times too: its own is in front of it. */
function logLine(row: DrawnLog, layout: Layout): string {
  const { chalk, glyphs, name, bar, hasSelf, indent } = layout;
  const indentation = indentOf(row.depth, indent);
  const suffix = countText(row.count, glyphs);
  const width = name + (hasSelf ? 2 : 1) * (TIME_WIDTH + 1);
  const time = `${offsetText(row.atMs)} `;
  const room = width - GUTTER_WIDTH - indentation.length - widthOf(time) - widthOf(suffix);
  const label = cut(nameOf(row, width), room);
  const severity = label.startsWith(visible(row.severity)) ? visible(row.severity) : '';
  const painted = paintLevel(row.severity, chalk)(severity) + label.slice(severity.length);
  const text = `${' '.repeat(GUTTER_WIDTH)}${indentation}${chalk.dim(time)}${painted}${chalk.dim(suffix)}`;
  return `${padEnd(text, width)} ${pointsOf(row.intervals, bar, glyphs, chalk)}`.trimEnd();
}

/** Indentation; below the most, the depth as a number. */
function indentOf(depth: number, { step, most }: Layout['indent']): string {
  if (depth * step <= most) return ' '.repeat(depth * step);
  return `${String(depth)}: `.padStart(most);
}

/** The width that a row wants of the names. The text of a log begins with its time and takes the columns of times. */
function widthWanted(row: DrawnRow, columns: number, times: number): number {
  const text = nameOf(row, columns) + (row.count > 1 ? ` x ${row.count}` : '');
  if (row.kind === 'span') return widthOf(row.marks === '' ? text : `${text} ${row.marks}`);
  return widthOf(`${offsetText(row.atMs)} ${text}`) - times;
}

/** The start of the text of a row that may be visible in a width. */
function nameOf(row: DrawnRow, width: number): string {
  const [first, text] = row.kind === 'span' ? [row.service, row.name] : [row.severity, row.message];
  return visible(ahead(first === '' ? text : `${first} ${text}`, width));
}

function countText(count: number, { times }: Glyphs): string {
  return count === 1 ? '' : ` ${times} ${count}`;
}

function timeText(ms: number): string {
  return formatQuantity(Math.max(0, ms), 'ms');
}

function asItIs(text: string): string {
  return text;
}

/** The bar of one span, or the cells in which any of several ran. */
function barOf(intervals: readonly Interval[], width: number, glyphs: Glyphs): RangeBar {
  if (intervals.length === 1) return formatRange(intervals[0]![0], intervals[0]![1], width, glyphs);
  const perCell = glyphs.fromLeft.length - 1;
  const steps = width * perCell;
  const changes = new Int32Array(steps + 1);
  for (const [from, to] of intervals) {
    const start = Math.min(steps - 1, Math.max(0, Math.round(from * steps)));
    changes[start] = changes[start]! + 1;
    const end = Math.max(start + 1, Math.min(steps, Math.round(to * steps)));
    changes[end] = changes[end]! - 1;
  }
  const filled = new Uint16Array(width);
  for (let step = 0, running = 0; step < steps; step++) {
    running += changes[step]!;
    if (running > 0) filled[Math.floor(step / perCell)]! += 1;
  }
  const first = filled.findIndex(count => count > 0);
  const cells = Array.from(filled.subarray(first), count => glyphs.fromLeft[count]!);
  return { lead: glyphs.lead.repeat(first), bar: cells.join(''), rest: '' };
}

/** The points of logs. */
function pointsOf(intervals: readonly Interval[], width: number, glyphs: Glyphs, chalk: ChalkInstance): string {
  const cells = new Set(intervals.map(([at]) => Math.min(width - 1, Math.max(0, Math.floor(at * width)))));
  const first = Math.min(...cells);
  const last = Math.max(...cells);
  const points = Array.from({ length: last - first + 1 }, (_, i) =>
    cells.has(first + i) ? glyphs.line.vertical : ' ',
  );
  return chalk.dim(glyphs.lead.repeat(first)) + points.join('');
}

function* pathLines({ path }: DrawnTrace, { columns }: Layout): Generator<string> {
  if (path.length === 0) return;
  const parts = path
    .slice(0, MAX_PARTS)
    .map(({ label, ms, share }) => `${visible(label)} ${timeText(ms)} (${formatQuantity(share * 100, '%', 2)})`);
  const more = path.length > MAX_PARTS ? `, and ${path.length - MAX_PARTS} more` : '';
  yield* wrap(`critical path: ${parts.join(', ')}${more}`, columns);
}

function dimLines(text: string, { columns, chalk }: Layout): string[] {
  return wrap(text, columns).map(line => chalk.dim(line));
}
