import { widthOf } from '../width.js';
import { Canvas } from './canvas.js';
import type { HeatmapChart } from './chart.js';
import { type Drawing, frameLines, noteLines, shownText, xScale } from './plot.js';
import { labelsOf } from './scale.js';
import { paintSeries } from './series-color.js';

/** The share of the width that the labels of rows may take. */
const LABEL_SHARE = 0.3;

/** The cells that a heatmap's row labels and axis leave for its columns, at least. */
export function heatmapRoom(columns: number): number {
  return Math.max(8, columns - Math.floor(columns * LABEL_SHARE) - 2);
}

/** Draws a heatmap: a line a row, each column some cells wide, the shade by the share of the highest value. */
export function drawHeatmap(chart: HeatmapChart, drawing: Drawing): string[] {
  const { columns, glyphs, chalk } = drawing;
  const names = chart.rows.map(({ label }) => shownText(label, Math.floor(columns * LABEL_SHARE), glyphs));
  const labelWidth = Math.max(1, ...names.map(widthOf));
  const cells = Math.max(1, Math.floor((columns - labelWidth - 2) / Math.max(1, chart.columns)));
  const canvas = new Canvas(Math.max(1, cells * chart.columns), chart.rows.length);
  const shades = glyphs.shades.slice(1);
  let [low, high] = [0, 0];
  for (const { values } of chart.rows)
    for (const value of values) [low, high] = [Math.min(low, value ?? 0), Math.max(high, value ?? 0)];
  const shadeOf = (value: number): string => {
    const share = (value - low) / (high - low || 1);
    return shades[Math.min(shades.length - 1, Math.max(0, Math.ceil(share * shades.length) - 1))]!;
  };
  for (const [row, { values }] of chart.rows.entries()) {
    for (let cell = 0; cell < canvas.width; cell++) {
      const value = values[Math.floor(cell / cells)];
      if (value !== null && value !== undefined) canvas.set(cell, row, shadeOf(value), 0);
    }
  }
  const x = xScale(chart.x, chart.start, chart.start + chart.step * chart.columns, canvas.width);
  const labels = new Map(names.map((name, row) => [row, name]));
  const title = [chart.value.name, chart.y.name].filter(name => name !== '').join(' by ');
  const edges = labelsOf(
    shades.map((_, i) => low + ((high - low) * (i + 1)) / shades.length),
    chart.value.unit,
  );
  const legend = shades.map(
    (shade, i) => `${paintSeries(0, chalk)(shade.repeat(2))} ${i === 0 ? 'to ' : ''}${edges[i]!}`,
  );
  return [
    ...frameLines({ canvas, labels, labelWidth, x, xAxis: chart.x, yName: title }, drawing),
    ...(high === low ? [] : [legend.join('  ')]),
    ...noteLines(chart.notes, drawing),
  ];
}
