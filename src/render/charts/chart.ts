/** The types of charts. */
export const CHART_TYPES = ['line', 'bar', 'area', 'scatter', 'heatmap', 'histogram'] as const;

/** One of {@link CHART_TYPES}. */
export type ChartType = (typeof CHART_TYPES)[number];

/** The values along one side of a chart. */
export interface Axis {
  /** The name of the column; '' when its series have names. */
  readonly name: string;
  /** As formatQuantity takes it; '' without one. */
  readonly unit: string;
  /** The time zone of its labels, where the values are milliseconds since 1970; undefined for other numbers. */
  readonly timezone?: string | undefined;
}

/** Named values in the order of x. */
export interface Series {
  readonly name: string;
  /** Pairs; a missing y interrupts a line. */
  readonly points: readonly (readonly [x: number, y: number | null])[];
}

/** Points over two axes of numbers or times. */
export interface PointChart {
  readonly type: 'line' | 'area' | 'scatter';
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
  /** Sentences on what the chart leaves out. */
  readonly notes: readonly string[];
}

/** A row of bars: one for each series, null where it has none. */
export interface BarRow {
  readonly label: string;
  readonly values: readonly (number | null)[];
}

/** Labels with values: those of a result, or the counts of a histogram's bins. */
export interface BarChart {
  readonly type: 'bar' | 'histogram';
  readonly label: Axis;
  readonly value: Axis;
  readonly series: readonly string[];
  readonly rows: readonly BarRow[];
  readonly notes: readonly string[];
}

/** Values in a grid. */
export interface HeatmapChart {
  readonly type: 'heatmap';
  readonly x: Axis;
  /** The start of the first column and the width of each, in the unit of x. */
  readonly start: number;
  readonly step: number;
  readonly columns: number;
  readonly y: Axis;
  /** The rows from above, each with a value a column; null for an empty cell. */
  readonly rows: readonly BarRow[];
  readonly value: Axis;
  readonly notes: readonly string[];
}

/** A chart as numbers: the same for a terminal, a picture and a page. */
export type Chart = PointChart | BarChart | HeatmapChart;

/** The words that replace a chart without a single value; undefined for another. Values that are missing have a note. */
export function emptyText(chart: Chart): string | undefined {
  const isEmpty =
    'rows' in chart
      ? chart.rows.every(({ values }) => values.every(value => value === null))
      : chart.series.every(({ points }) => points.every(([, y]) => y === null));
  if (!isEmpty) return undefined;
  return chart.notes.length > 0 ? 'no values' : 'no rows';
}
