import type { ChalkInstance } from 'chalk';
import { visible } from '../visible.js';
import { cut, padEnd, padStart, widthOf } from '../width.js';
import type { Canvas } from './canvas.js';
import type { Axis } from './chart.js';
import type { Glyphs } from './glyphs.js';
import { innerScale, type Scale } from './scale.js';
import { paintSeries } from './series-color.js';
import { timeScale, type TimeScale } from './time-scale.js';

/** The room and the style of a drawing. */
export interface Drawing {
  /** The width in terminal cells. */
  readonly columns: number;
  /** The height in lines, for all of a chart. */
  readonly rows: number;
  readonly glyphs: Glyphs;
  readonly chalk: ChalkInstance;
}

/** The cells of a label of the x axis and of the space around it. */
const X_LABEL_CELLS = 12;

/** The lines of a chart besides its plot: y name, axis, labels, x name, legend. */
const FRAME_LINES = 5;

/** The fewest lines of a plot in which a curve can be seen. */
const MIN_PLOT = 4;

/** The lines that a plot may take. */
export function plotHeight({ rows }: Drawing, notes: readonly string[]): number {
  return Math.max(MIN_PLOT, rows - FRAME_LINES - notes.length);
}

/** A text of the data that fits: nothing in it acts on the terminal. */
export function shownText(text: string, width: number, glyphs: Glyphs): string {
  const short = cut(visible(text), Math.max(1, width));
  return glyphs.style === 'ascii' && short.endsWith('…') ? `${short.slice(0, -1)}${glyphs.ellipsis}` : short;
}

/** A plot between its axes. */
export interface Plot {
  readonly canvas: Canvas;
  /** The labels of lines of the canvas, by their row from above. */
  readonly labels: ReadonlyMap<number, string>;
  readonly labelWidth: number;
  readonly x: Scale | TimeScale;
  readonly xAxis: Axis;
  readonly yName: string;
}

/** The scale of an x axis that is `width` cells long. */
export function xScale({ timezone, unit }: Axis, min: number, max: number, width: number): Scale | TimeScale {
  const count = Math.max(1, Math.floor(width / X_LABEL_CELLS));
  return timezone === undefined ? innerScale(min, max, unit, count) : timeScale(min, max, timezone, count);
}

/** The lines of a plot with its axes: the name of y, the canvas, the x axis, its labels, the name of x. */
export function frameLines(plot: Plot, { columns, glyphs, chalk }: Drawing): string[] {
  const { canvas, labels, labelWidth, x, xAxis } = plot;
  const { line } = glyphs;
  const paint = (series: number, text: string): string => paintSeries(series, chalk)(text);
  const body = canvas.lines(paint).map((cells, row) => {
    const label = labels.get(row);
    const tick = label === undefined ? line.vertical : line.verticalLeft;
    return `${padStart(label ?? '', labelWidth)} ${chalk.dim(tick)}${cells}`.trimEnd();
  });
  const { axis, text } = xLabels(x, canvas.width, glyphs);
  const margin = ' '.repeat(labelWidth + 1);
  const days = 'days' in x ? x.days : '';
  const name = [visible(xAxis.name), days].filter(part => part !== '').join(', ');
  return [
    ...(plot.yName === '' ? [] : [chalk.bold(shownText(plot.yName, columns, glyphs))]),
    ...body,
    `${margin}${chalk.dim(line.corner + axis)}`,
    `${margin} ${text}`.trimEnd(),
    `${margin} ${chalk.dim(shownText(name, columns - labelWidth - 2, glyphs))}`.trimEnd(),
  ];
}

/** The line of an x axis with its ticks, and the labels below them, as many as do not touch. */
function xLabels({ low, high, ticks, labels }: Scale, width: number, { line }: Glyphs): { axis: string; text: string } {
  const axis = Array.from({ length: width }, () => line.horizontal);
  let text = '';
  for (const [i, tick] of ticks.entries()) {
    const at = Math.round(((tick - low) / (high - low)) * (width - 1));
    const label = labels[i]!;
    const start = Math.min(Math.max(0, at - Math.floor(widthOf(label) / 2)), width - widthOf(label));
    if (start < 0 || (text !== '' && start < widthOf(text) + 2)) continue;
    axis[at] = line.horizontalDown;
    text = padEnd(text, start) + label;
  }
  return { axis: axis.join(''), text };
}

/** The legend: markers and names of series, over several lines when they do not fit in one. */
export function legendLines(names: readonly string[], mark: (series: number) => string, drawing: Drawing): string[] {
  const { columns, glyphs, chalk } = drawing;
  if (names.length === 0 || (names.length === 1 && names[0] === '')) return [];
  const lines: string[] = [];
  let width = Infinity;
  for (const [series, name] of names.entries()) {
    const text = shownText(name === '' ? '""' : name, Math.floor(columns / 2), glyphs);
    const item = `${paintSeries(series, chalk)(mark(series))} ${text}`;
    const cells = widthOf(item);
    if (width + 3 + cells > columns) {
      lines.push(item);
      width = cells;
    } else {
      lines.push(`${lines.pop()!}   ${item}`);
      width += 3 + cells;
    }
  }
  return lines;
}

/** The notes of a chart, each on new lines, broken at spaces. */
export function noteLines(notes: readonly string[], { columns, glyphs, chalk }: Drawing): string[] {
  return notes.flatMap(note => {
    const lines = [''];
    for (const word of `(${visible(note)})`.split(' ')) {
      const last = lines.at(-1)!;
      const short = shownText(word, columns, glyphs);
      if (last !== '' && widthOf(last) + 1 + widthOf(short) > columns) lines.push(short);
      else lines[lines.length - 1] = last === '' ? short : `${last} ${short}`;
    }
    return lines.map(line => chalk.dim(line));
  });
}
