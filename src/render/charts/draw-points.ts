import { Canvas } from './canvas.js';
import type { PointChart, Series } from './chart.js';
import { drawArea } from './area.js';
import { drawBrailleLine, drawBraillePoints } from './braille.js';
import { drawLine, drawMarkers, drawPoints } from './curve.js';
import { type Drawing, frameLines, legendLines, noteLines, plotHeight, xScale } from './plot.js';
import { type Scale, scaleOf } from './scale.js';
import { stackSeries } from './stack.js';
import { widthOf } from '../width.js';
import type { Place } from './interpolate.js';

/** The lines of the plot from one tick of the value axis to the next, about. */
const ROWS_PER_TICK = 4;

/** The fewest cells of a plot from left to right. */
const MIN_PLOT_WIDTH = 8;

/** Draws a line, area or scatter chart. */
export function drawPointChart(chart: PointChart, drawing: Drawing): string[] {
  const { glyphs, columns } = drawing;
  const height = plotHeight(drawing, chart.notes);
  const { x, y, labelWidth, width } = scalesOf(chart, columns, height);
  const canvas = new Canvas(width, height);
  const place: Place = {
    x: value => (value - x.low) / (x.high - x.low),
    y: value => (value - y.low) / (y.high - y.low),
  };
  drawAll(chart, canvas, place, drawing);
  const rowOf = (tick: number): number => Math.round((1 - place.y(tick)) * (height - 1));
  const labels = new Map(y.ticks.map((tick, i) => [rowOf(tick), y.labels[i]!]));
  const mark = (series: number): string =>
    chart.type === 'area'
      ? fillOf(series, chart.series.length, drawing)
      : glyphs.markers[series % glyphs.markers.length]!;
  return [
    ...frameLines({ canvas, labels, labelWidth, x, xAxis: chart.x, yName: chart.y.name }, drawing),
    ...legendLines(
      chart.series.map(({ name }) => name),
      mark,
      drawing,
    ),
    ...noteLines(chart.notes, drawing),
  ];
}

/** The scales of both axes, and the cells that the labels and the plot take. */
export function scalesOf(
  { type, series, x: xAxis, y: yAxis }: PointChart,
  columns: number,
  height: number,
): { readonly x: Scale; readonly y: Scale; readonly labelWidth: number; readonly width: number } {
  const [minX, maxX] = rangeOf(series.flatMap(({ points }) => points.map(([x]) => x)));
  const [minY, maxY] = type === 'area' ? stackedRange(series) : rangeOf(valuesOf(series));
  const y = scaleOf(minY, maxY, yAxis.unit, Math.max(2, Math.round(height / ROWS_PER_TICK)), type === 'area');
  const labelWidth = Math.max(...y.labels.map(widthOf));
  const width = Math.max(MIN_PLOT_WIDTH, columns - labelWidth - 2);
  return { x: xScale(xAxis, minX, maxX, width), y, labelWidth, width };
}

function drawAll({ type, series }: PointChart, canvas: Canvas, place: Place, drawing: Drawing): void {
  const { glyphs } = drawing;
  if (type === 'area') {
    drawArea(series, canvas, place, glyphs, index => fillOf(index, series.length, drawing));
    return;
  }
  for (const [index, { points }] of series.entries()) {
    if (type === 'scatter') {
      if (glyphs.style === 'braille' && series.length === 1) drawBraillePoints(points, canvas, place, index);
      else drawPoints(points, canvas, place, glyphs, index);
    } else if (glyphs.style === 'braille') drawBrailleLine(points, canvas, place, index);
    else drawLine(points, canvas, place, glyphs, index);
  }
  // The points tell the series apart where colours do not.
  if (type === 'line' && series.length > 1) {
    for (const [index, { points }] of series.entries())
      drawMarkers(points, canvas, place, glyphs, index, series.length);
  }
}

/** The character that fills the area of a series: shades tell them apart without colours. */
function fillOf(series: number, count: number, { glyphs }: Drawing): string {
  if (count === 1) return glyphs.shades.at(-1)!;
  if (glyphs.style === 'ascii') return glyphs.markers[series % glyphs.markers.length]!;
  const shades = glyphs.shades.slice(1).reverse();
  return shades[series % shades.length]!;
}

function valuesOf(series: readonly Series[]): number[] {
  return series.flatMap(({ points }) => points.map(([, y]) => y).filter(value => value !== null));
}

/** The range of the sums at each x: the areas are on top of one another. */
function stackedRange(series: readonly Series[]): [number, number] {
  return rangeOf([0, ...(series.length === 1 ? valuesOf(series) : valuesOf(stackSeries(series)))]);
}

function rangeOf(values: readonly number[]): [number, number] {
  let [min, max] = [Infinity, -Infinity];
  for (const value of values) [min, max] = [Math.min(min, value), Math.max(max, value)];
  return min > max ? [0, 1] : [min, max];
}
