import { padEnd, padStart, widthOf } from '../width.js';
import { formatBar } from './bar.js';
import type { BarChart } from './chart.js';
import { type Drawing, legendLines, noteLines, shownText } from './plot.js';
import { formatQuantity } from './quantity.js';
import { paintSeries } from './series-color.js';

/** The share of the width that labels may take. */
const LABEL_SHARE = 0.4;

/** The fewest cells of a bar. */
const MIN_BAR = 4;

/** Draws a line a bar: label, bar, value. The rows of a label follow each other, one a series. */
export function drawBarChart(chart: BarChart, drawing: Drawing): string[] {
  const { columns, glyphs, chalk } = drawing;
  const { series, rows, value, label } = chart;
  const texts = rows.map(row => row.values.map(cell => (cell === null ? '' : formatQuantity(cell, value.unit))));
  const valueWidth = Math.max(0, ...texts.flat().map(widthOf));
  const hasMarks = series.length > 1;
  const besides = valueWidth + 3 + (hasMarks ? 2 : 0);
  // Numbers come before labels: a number that is cut says something else.
  const room = Math.max(1, Math.min(Math.floor(columns * LABEL_SHARE), columns - besides - MIN_BAR));
  const labels = rows.map(row => shownText(row.label, room, glyphs));
  const labelWidth = Math.max(0, ...labels.map(widthOf));
  const mark = (index: number): string => glyphs.markers[index % glyphs.markers.length]!;
  const width = Math.max(MIN_BAR, columns - labelWidth - besides);
  const numbers = rows.flatMap(row => row.values.filter(cell => cell !== null));
  let [low, high] = [0, 0];
  for (const number of numbers) [low, high] = [Math.min(low, number), Math.max(high, number)];
  const left = low < 0 ? Math.max(1, Math.round((-low / (high - low)) * width)) : 0;
  const right = Math.max(high > 0 ? 1 : 0, width - left);
  const lines = rows.flatMap((row, i) =>
    row.values.flatMap((cell, s) => {
      const isAlone = row.values.length === 1;
      if (cell === null && !isAlone) return [];
      const isFirst = row.values.findIndex(other => other !== null) === s || isAlone;
      const head = padEnd(isFirst ? labels[i]! : '', labelWidth);
      const paint = paintSeries(s, chalk);
      const positive = formatBar(high > 0 ? (cell ?? 0) / high : 0, right, glyphs);
      const negative = left === 0 ? '' : leftBar((cell ?? 0) / low, left, glyphs.fromLeft.at(-1)!);
      const marked = hasMarks ? `${paint(mark(s))} ` : '';
      return [
        `${head} ${chalk.dim(glyphs.line.vertical)}${marked}${paint(negative + positive)} ${padStart(texts[i]![s]!, valueWidth)}`.trimEnd(),
      ];
    }),
  );
  const title = [value.name, label.name].filter(name => name !== '').join(' by ');
  return [
    ...(title === '' ? [] : [chalk.bold(shownText(title, columns, glyphs))]),
    ...lines,
    ...legendLines(series, mark, drawing),
    ...noteLines(chart.notes, drawing),
  ];
}

/** A bar that grows to the left from the zero line, in whole cells. */
function leftBar(share: number, width: number, full: string): string {
  const cells = share > 0 ? Math.max(1, Math.round(Math.min(1, share) * width)) : 0;
  return ' '.repeat(width - cells) + full.repeat(cells);
}
