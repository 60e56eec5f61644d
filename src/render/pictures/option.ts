import type { EChartsOption, SeriesOption } from 'echarts';
import {
  type Axis,
  type BarChart,
  type Chart,
  emptyText,
  type HeatmapChart,
  type PointChart,
  type Series,
} from '../charts/chart.js';
import { scalesOf } from '../charts/draw-points.js';
import { formatQuantity } from '../charts/quantity.js';
import type { Scale } from '../charts/scale.js';
import { seriesColor } from '../charts/series-color.js';
import { stackSeries } from '../charts/stack.js';
import { Clock } from '../charts/time-scale.js';
import { shownIn } from '../html/markup.js';

/** The font of pictures: the package has it, and pages fall back on another. */
export const FONT = 'DejaVu Sans';

/** The room for labels of axes, as terminal cells and lines: an axis has about as many ticks as one there. */
const AXIS_CELLS = 100;
const AXIS_LINES = 24;

/** Labels longer than this, in pixels, are cut. */
const LABEL_PIXELS = 260;

/** A line with more points has no symbols at them. */
const MAX_SYMBOLS = 60;

/** The height of a line of notes, the space around them and their width, in pixels. */
const NOTE_LINE = 18;
const NOTE_MARGIN = 12;
const NOTE_WIDTH = 928;

/** The height that notes add to a picture, in pixels. */
export function notesHeight(notes: readonly string[]): number {
  return notes.length === 0 ? 0 : notes.length * NOTE_LINE + NOTE_MARGIN;
}

/** The chart in the terms of ECharts, drawn once and without interaction, with notes below. */
export function optionOf(chart: Chart, notes: readonly string[]): EChartsOption {
  const below = notesHeight(notes);
  const empty = emptyText(chart);
  const common: EChartsOption = {
    animation: false,
    backgroundColor: '#ffffff',
    textStyle: { fontFamily: `${FONT}, sans-serif` },
    color: Array.from({ length: 8 }, (_, i) => seriesColor(i).hex),
    grid: { left: 16, right: 48, top: 48, bottom: 48 + below, containLabel: true },
    graphic: [
      ...notes.map((note, i) => text(note, { left: 16, bottom: NOTE_MARGIN + (notes.length - 1 - i) * NOTE_LINE })),
      ...(empty === undefined ? [] : [text(empty, { left: 'center', top: 'middle' })]),
    ],
  };
  if (empty !== undefined) return common;
  switch (chart.type) {
    case 'bar':
    case 'histogram':
      return { ...common, ...barOption(chart) };
    case 'heatmap':
      return { ...common, ...heatmapOption(chart, below) };
    default:
      return { ...common, ...pointOption(chart) };
  }
}

function text(words: string, place: object): object {
  const style = { text: shownIn(words), fill: '#54555a', font: `12px ${FONT}, sans-serif`, width: NOTE_WIDTH };
  return { type: 'text', silent: true, ...place, style: { ...style, overflow: 'truncate' } };
}

/** The name of an axis, with the days of a time axis. */
function nameOf({ name }: Axis, scale?: Scale): string {
  const days = scale !== undefined && 'days' in scale ? String(scale.days) : '';
  return shownIn([name, days].filter(part => part !== '').join(', '));
}

function pointOption(chart: PointChart): EChartsOption {
  const { x, y } = scalesOf(chart, AXIS_CELLS, AXIS_LINES);
  const names = chart.series.map(({ name }) => shownIn(name));
  const axis = (scale: Scale) => ({
    type: 'value' as const,
    min: scale.low,
    max: scale.high,
    nameLocation: 'middle' as const,
    axisTick: { customValues: [...scale.ticks] },
    axisLabel: {
      customValues: [...scale.ticks],
      formatter: (value: number) => scale.labels[scale.ticks.indexOf(value)] ?? '',
    },
  });
  return {
    ...legendOf(names),
    xAxis: { ...axis(x), name: nameOf(chart.x, x), nameGap: 32, splitLine: { show: false } },
    yAxis: { ...axis(y), name: nameOf(chart.y), nameLocation: 'end', nameTextStyle: { align: 'left' } },
    series: seriesOf(chart).map(({ points }, i): SeriesOption => {
      const data = points.map(([at, value]) => [at, value]);
      const base = { name: names[i]!, data, silent: true };
      if (chart.type === 'scatter') return { ...base, type: 'scatter', symbolSize: 6 };
      const isArea = chart.type === 'area';
      return {
        ...base,
        type: 'line',
        showSymbol: points.length <= MAX_SYMBOLS && !isArea,
        lineStyle: { width: 2 },
        // The lowest area is drawn last, over those that contain it.
        ...(isArea && { areaStyle: { opacity: 1 }, z: 100 - i }),
      };
    }),
  };
}

/** The lines of a chart: those of areas are on top of one another. */
function seriesOf({ type, series }: PointChart): readonly Series[] {
  return type === 'area' && series.length > 1 ? stackSeries(series) : series;
}

function barOption({ label, value, series, rows }: BarChart): EChartsOption {
  const names = series.map(shownIn);
  return {
    ...legendOf(names),
    xAxis: {
      type: 'value',
      name: nameOf(value),
      nameLocation: 'middle',
      nameGap: 32,
      axisLabel: { formatter: (tick: number) => formatQuantity(tick, value.unit), hideOverlap: true },
    },
    yAxis: {
      type: 'category',
      inverse: true,
      name: nameOf(label),
      nameLocation: 'start',
      nameTextStyle: { align: 'right' },
      data: rows.map(row => shownIn(row.label)),
      axisLabel: { interval: 0, width: LABEL_PIXELS, overflow: 'truncate' },
    },
    series: names.map((name, i) => ({
      type: 'bar' as const,
      name,
      silent: true,
      data: rows.map(row => row.values[i] ?? null),
      label: {
        show: true,
        position: 'right' as const,
        formatter: ({ dataIndex }: { dataIndex: number }) => {
          const cell = rows[dataIndex]?.values[i] ?? null;
          return cell === null ? '' : formatQuantity(cell, value.unit);
        },
      },
    })),
  };
}

function heatmapOption({ x, start, step, columns, y, rows, value }: HeatmapChart, below: number): EChartsOption {
  const data = rows.flatMap(({ values }, row) =>
    values.flatMap((cell, column) => (cell === null ? [] : [[column, row, cell]])),
  );
  const cells = data.map(([, , cell]) => cell!);
  const min = cells.reduce((low, cell) => Math.min(low, cell), 0);
  const max = cells.reduce((high, cell) => Math.max(high, cell), 0);
  const clock = x.timezone === undefined ? undefined : new Clock(x.timezone);
  const labelOf = (at: number): string => (clock ? clock.label(at, step) : formatQuantity(at, x.unit, 6));
  const days = clock === undefined ? '' : `, ${clock.text(start).slice(0, 10)} ${x.timezone ?? ''}`;
  return {
    grid: { left: 16, right: 48, top: 48, bottom: 96 + below, containLabel: true },
    xAxis: {
      type: 'category',
      name: shownIn(x.name + days),
      nameLocation: 'middle',
      nameGap: 32,
      data: Array.from({ length: columns }, (_, i) => labelOf(start + i * step)),
    },
    yAxis: {
      type: 'category',
      inverse: true,
      name: nameOf(y),
      nameLocation: 'start',
      nameTextStyle: { align: 'right' },
      data: rows.map(({ label }) => shownIn(label)),
      axisLabel: { width: LABEL_PIXELS, overflow: 'truncate' },
    },
    visualMap: {
      min,
      max,
      orient: 'horizontal',
      left: 'center',
      bottom: 8 + below,
      inRange: { color: ['#e8f0fc', '#2563c9', '#0b1f4a'] },
      text: [`${formatQuantity(max, value.unit)} ${shownIn(value.name)}`, formatQuantity(min, value.unit)],
    },
    series: [{ type: 'heatmap', data, silent: true }],
  };
}

function legendOf(names: readonly string[]): EChartsOption {
  return names.length > 1 ? { legend: { top: 8, data: [...names] } } : {};
}
